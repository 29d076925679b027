package embed

import (
	"slices"
	"testing"

	"loradex/embed/model"
)

func TestLongestFirst(t *testing.T) {
	for _, tt := range [][5]int{
		// tokens of both texts, room, what is left of both
		{3, 4, 7, 3, 4},
		{3, 4, 100, 3, 4},
		{0, 0, 5, 0, 0},
		{3, 40, 10, 3, 7},
		{40, 3, 10, 7, 3},
		{40, 40, 10, 5, 5},
		{40, 41, 11, 5, 6},
		{41, 40, 11, 6, 5},
		{40, 40, 11, 5, 6},
		{5, 6, 10, 5, 5},
		{6, 5, 10, 5, 5},
		{0, 40, 10, 0, 10},
		{40, 0, 10, 10, 0},
	} {
		if a, b := longestFirst(tt[0], tt[1], tt[2]); a != tt[3] || b != tt[4] {
			t.Errorf("%d and %d into %d: %d and %d, want %d and %d", tt[0], tt[1], tt[2], a, b, tt[3], tt[4])
		}
	}
	for n1 := range 30 {
		for n2 := range 30 {
			for room := 2; room < 40; room++ {
				a, b := longestFirst(n1, n2, room)
				if a > n1 || b > n2 || a+b > room || a < 0 || b < 0 || n1+n2 > room && a+b != room {
					t.Fatalf("%d and %d into %d: %d and %d", n1, n2, room, a, b)
				}
			}
		}
	}
}

func TestJoin(t *testing.T) {
	p := newPairs([]model.PairPart{
		{Special: []int32{101}}, {Text: 1}, {Special: []int32{102}}, {Text: 2, Type: 1}, {Special: []int32{102}, Type: 1},
	})
	got := p.join([]int32{1, 2}, []int32{3, 4, 5, 6}, 8)
	if !slices.Equal(got.ids, []int32{101, 1, 2, 102, 3, 4, 5, 102}) || !slices.Equal(got.types, []int32{0, 0, 0, 0, 1, 1, 1, 1}) {
		t.Errorf("%v %v", got.ids, got.types)
	}
}
