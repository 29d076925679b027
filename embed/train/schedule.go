package train

import "math"

func schedules() []string { return []string{"linear", "cosine", "constant"} }

// rate is the learning rate of a step, counted from 0: it rises linearly over the warm-up to the highest one, and falls
// to 0 at the end of the run.
func (o Options) rate(step, steps int) float64 {
	warm := int(math.Round(max(o.WarmUp, 0) * float64(steps)))
	if step < warm {
		return o.LearningRate * float64(step+1) / float64(warm)
	}
	left := float64(steps-step) / float64(max(1, steps-warm))
	switch o.Schedule {
	case "cosine":
		return o.LearningRate * (1 - math.Cos(math.Pi*left)) / 2
	case "constant":
		return o.LearningRate
	}
	return o.LearningRate * left
}
