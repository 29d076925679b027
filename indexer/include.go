package indexer

import (
	"regexp"
	"strings"
)

// This file decides over *.inc, an ending that fifteen languages share. go-enry tells PHP, assembler, SQL, Pascal, HTML and
// BitBake by what they begin with, and guesses at the rest by the words in it: tables and macros of C, which have few, it takes
// for languages that hardly anybody writes. Those answers are believed where the content does not look like C. A header, *.h,
// is left to go-enry, which looks for the words of C++ and Objective-C in it.

// guessed are what go-enry makes of C.
var guessed = set(`nasl pawn sourcepawn`, "pov-ray sdl")

var (
	looksLikeC = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*(?:include|define|undef|if|ifdef|ifndef|endif|pragma)\b|^[ \t]*(?:/\*|//)|[;{},)][ \t]*(?:\\|//.*|/\*.*\*/[ \t]*)?$`)
	// ownWords are those of the languages that are guessed, at the beginning of a line.
	ownWords      = regexp.MustCompile(`(?m)^[ \t]*(?:(?:native|stock|forward|methodmap)\b|#endinput|#include[ \t]*<(?:sourcemod|a_samp|core)>|#(?:declare|local|macro)\b|include[ \t]*\(|script_\w+\()`)
	looksLikeCPP  = regexp.MustCompile(`(?m)^[ \t]*(?:template[ \t]*<|namespace\b|class[ \t]+\w|using[ \t]|constexpr\b|(?:public|private|protected)[ \t]*:)|\w::\w|\bnullptr\b`)
	looksLikeObjC = regexp.MustCompile(`(?m)^[ \t]*(?:@(?:interface|implementation|protocol|property|end)\b|#import\b)`)
)

// included returns the language of a file that go-enry gives a title, in lower case; "" where it stays.
func included(path, title, text string) string {
	if !strings.HasSuffix(strings.ToLower(path), ".inc") || !guessed[title] || ownWords.MatchString(text) || !looksLikeC.MatchString(text) {
		return ""
	}
	switch {
	case looksLikeObjC.MatchString(text):
		return "objective-c"
	case looksLikeCPP.MatchString(text):
		return "c++"
	}
	return "c"
}
