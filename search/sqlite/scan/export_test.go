package scan

// Oversample, as the tests see it.
const Oversample = oversample

func NewTop(k int) *Top { return newTop(k) }

func (t *Top) Merge(o *Top) { t.merge(o) }

func (t *Top) Sorted() []Hit { return t.sorted() }
