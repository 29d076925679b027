package scan

// Oversample, as the tests see it.
const Oversample = oversample

func (t *Top) Merge(o *Top) { t.merge(o) }
