package repos

import (
	"math"
	"strings"
)

// Hit is a chunk that was found.
type Hit struct {
	Path       string // from the top of the repository
	Start, End int    // lines
	Tokens     int    // that reading it costs
	// Probability that it is in a right file; nil where the search does not say.
	Probability *float64
}

// depth is how many places count.
const depth = 10

// budgets are the numbers of tokens of an answer at which its recall is taken.
var budgets = [...]int{500, 2000, 8000}

// Scores are what an answer is worth. NDCG@10 is binary, in three readings of what a place is:
//
//   - files: different files, each where its best chunk stands
//   - dedup: the first ten chunks, files that came before left out
//   - chunks: the first ten chunks; a second one of a file takes a place, and has to overlap the lines that a judgement names
//
// DCG = Σ 1/log2(r+1) over the places r of judged files, each at its first; the ideal has min(10, judged) of them in front.
type Scores struct {
	Files  float64 `json:"files"`
	Dedup  float64 `json:"dedup"`
	Chunks float64 `json:"chunks"`
	// Recall is the share of the judged files in the first 500, 2,000 and 8,000 tokens of the answer.
	Recall [len(budgets)]float64 `json:"recall"`
}

// score is what hits are worth for a question, best first.
func (q *question) score(hits []Hit) Scores {
	var s Scores
	ideal := 0.0
	for r := 1; r <= min(depth, len(q.files)); r++ {
		ideal += gain(r)
	}
	s.Chunks = q.dcg(hits[:min(depth, len(hits))], true) / ideal
	s.Dedup = q.dcg(firsts(hits[:min(depth, len(hits))]), false) / ideal
	files := firsts(hits)
	s.Files = q.dcg(files[:min(depth, len(files))], false) / ideal
	for i, budget := range budgets {
		found := map[string]bool{}
		for _, h := range hits {
			if budget -= h.Tokens; budget < 0 {
				break
			}
			if file, ok := q.judged(h.Path); ok {
				found[file] = true
			}
		}
		s.Recall[i] = float64(len(found)) / float64(len(q.files))
	}
	return s
}

func gain(rank int) float64 { return 1 / math.Log2(float64(rank)+1) }

// dcg adds up the places of judged files. Where lines say so, a hit has to overlap those that its judgement names.
func (q *question) dcg(hits []Hit, lines bool) float64 {
	sum, seen := 0.0, map[string]bool{}
	for i, h := range hits {
		file, ok := q.judged(h.Path)
		if !ok || seen[file] || lines && !overlaps(h, q.lines[file]) {
			continue
		}
		seen[file] = true
		sum += gain(i + 1)
	}
	return sum
}

// judged is the judged file that a path is: the same, or one where the one ends with the other.
func (q *question) judged(path string) (string, bool) {
	if q.files[path] {
		return path, true
	}
	for file := range q.files {
		if strings.HasSuffix(path, "/"+file) || strings.HasSuffix(file, "/"+path) {
			return file, true
		}
	}
	return "", false
}

func overlaps(h Hit, lines [][2]int) bool {
	for _, l := range lines {
		if h.Start <= l[1] && l[0] <= h.End {
			return true
		}
	}
	return len(lines) == 0
}

// firsts are the first hits of each file.
func firsts(hits []Hit) []Hit {
	seen := map[string]bool{}
	var out []Hit
	for _, h := range hits {
		if !seen[h.Path] {
			seen[h.Path] = true
			out = append(out, h)
		}
	}
	return out
}
