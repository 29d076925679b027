package model

const (
	ActIdentity  = actIdentity
	TrainingFile = trainingFile
)

// Tensors is how many tensors the files hold, heads included.
func (m *Model) Tensors() int { return len(m.weights.sources) }
