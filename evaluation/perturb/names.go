package perturb

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// This file defines what renamed identifiers are called.

// words are common nouns that name nothing in programs.
const words = "acorn almond amber anchor apron arrow autumn badger bamboo barley basil basket beaver birch biscuit blossom " +
	"bonnet bramble breeze brook butter button candle canyon carrot castle cedar cellar cherry chestnut cinder clover cobalt " +
	"copper coral cotton cradle cricket crimson daisy dolphin donkey dragon eagle ember falcon feather fennel fern fiddle finch " +
	"flannel forest garlic ginger glacier goblet granite gravel hammer harbor hazel heron honey indigo island ivory jasmine " +
	"kettle lagoon lantern laurel lavender lemon lilac linen lobster magnet mango maple marble meadow melon mint mitten mustard " +
	"nectar nutmeg oak oasis olive onion orchid otter oyster paddle paprika parsley peach pebble pepper pigeon pillow plum pond " +
	"poppy prairie pumpkin quartz rabbit radish raven ribbon river rosemary saddle saffron salmon sandal sapphire silver " +
	"sparrow spinach spruce squirrel stable sunset swallow teapot thimble thistle timber tulip turnip valley velvet violet " +
	"walnut willow winter wombat yarrow"

// namer gives out new names. Each is given once, and none is in taken.
type namer struct {
	taken  map[string]bool
	style  Names
	words  []string // still to be used, in the order of the seed
	counts map[string]int
}

func newNamer(o Options, rng *rand.Rand, taken map[string]bool) *namer {
	n := &namer{taken: taken, style: o.Names, words: strings.Fields(words), counts: map[string]int{}}
	rng.Shuffle(len(n.words), func(i, j int) { n.words[i], n.words[j] = n.words[j], n.words[i] })
	return n
}

// name returns a new name for an old one. What an old one says by its form stays: a capital at the start where that
// exports it (Go), the mark at its end (Ruby).
func (n *namer) name(language, old string, function bool) string {
	for {
		fresh := n.next(function)
		if first, _ := utf8.DecodeRuneInString(old); language == "go" && unicode.IsUpper(first) {
			fresh = strings.ToUpper(fresh[:1]) + fresh[1:]
		}
		if language == "ruby" && strings.ContainsAny(old[len(old)-1:], "?!") {
			fresh += old[len(old)-1:]
		}
		if !n.taken[fresh] {
			n.taken[fresh] = true
			return fresh
		}
	}
}

func (n *namer) next(function bool) string {
	if n.style == Words && len(n.words) > 0 {
		word := n.words[0]
		n.words = n.words[1:]
		return word
	}
	stem := "var"
	if function {
		stem = "func"
	}
	n.counts[stem]++
	return stem + strconv.Itoa(n.counts[stem])
}
