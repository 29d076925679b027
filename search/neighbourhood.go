package search

import (
	"math"
	"path"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// This file raises hits that lie near to where the user is, where a request says that.

// The most that hits have in the folder of the place, and how many lines from it a hit in its file has half of the rest.
const (
	sameFolder = 0.6
	halfLines  = 100
)

// neighbour is how near a hit is to the place of the request: 1 at its line, down to sameFolder in its file and its folder; in
// other folders that times the share of the place's folders that lie above the hit, too.
func (e *evidence) neighbour(h *Hit, _ float64) float64 {
	p := e.near
	if p == nil {
		return 0
	}
	if h.Path == p.Path {
		away := 0
		if p.StartLine > 0 {
			away = max(0, h.StartLine-max(p.StartLine, p.EndLine), p.StartLine-h.EndLine)
		}
		return sameFolder + (1-sameFolder)*math.Pow(0.5, float64(away)/halfLines)
	}
	own, its := folders(p.Path), folders(h.Path)
	both := 0
	for both < len(own) && both < len(its) && own[both] == its[both] {
		both++
	}
	if both == len(own) && both == len(its) {
		return sameFolder
	}
	return sameFolder * float64(both) / float64(max(len(own), len(its)))
}

// folders above a file, from the top.
func folders(file string) []string {
	dir := path.Dir(file)
	if dir == "." {
		return nil
	}
	return strings.Split(dir, "/")
}

// ReadPlace reads FILE or FILE:LINE, the file as the index calls it.
func ReadPlace(text string) (Span, error) {
	p := Span{Path: text}
	if at := strings.LastIndexByte(text, ':'); at > 0 {
		line, err := strconv.Atoi(text[at+1:])
		if err == nil && line > 0 {
			p = Span{Path: text[:at], StartLine: line, EndLine: line}
		}
	}
	p.Path = path.Clean(strings.TrimPrefix(p.Path, "./"))
	if p.Path == "." || p.Path == ".." || strings.HasPrefix(p.Path, "../") || strings.HasPrefix(p.Path, "/") {
		return Span{}, fault.New(fault.Invalid, "near %.200q is no file of a repository", text).WithHint("give FILE or FILE:LINE from the top of the repository")
	}
	return p, nil
}
