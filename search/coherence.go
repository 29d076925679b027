package search

// This file raises the best hit of a file that has several good ones: it is about the question as a whole.

// fileHits is how many hits of a file count, so that long files win nothing by their length.
const fileHits = 5

// addUp sums the standings of each file's first hits.
func (e *evidence) addUp(hits []Hit) {
	e.files = map[string]float64{}
	counted := map[string]int{}
	most := 0.0
	for i := range hits[:min(len(hits), signalHits)] {
		file := hits[i].File()
		if counted[file]++; counted[file] <= fileHits {
			e.files[file] += max(0, e.standing(&hits[i]))
			most = max(most, e.files[file])
		}
	}
	for file := range e.files {
		e.files[file] /= max(most, 1) // where no file has two hits, one that stands at .5 has .5
	}
}

// file is what the hits of a file have together, against the file that has most; for its best hit alone.
func (e *evidence) file(h *Hit, _ float64) float64 {
	if e.seen[h.File()] {
		return 0
	}
	return e.files[h.File()]
}
