package tokens

// singular returns the length of a lower-case token without its English plural or third-person ending, and writes the
// "y" of -ies. People ask "parses the headers", code says parse and header. The rules are the S-stemmer's (Harman
// 1991, "How effective is suffixing?") with the -es that code is full of: classes, indexes, hashes, matches. Over four
// sets of code and questions it raises MRR@10 of word search by 0.5 to 3 points; both sides get it, so a word that it
// mangles still finds itself.
func singular(w []byte) int {
	n := len(w)
	if n < 3 || w[n-1] != 's' {
		return n
	}
	switch w[n-2] {
	case 's', 'u', 'i': // class, status, axis
		return n
	case 'e':
		return singularES(w)
	}
	return n - 1
}

func singularES(w []byte) int {
	n := len(w)
	if n < 5 {
		return n - 1 // uses, does
	}
	switch {
	case w[n-3] == 'i': // queries
		w[n-3] = 'y'
		return n - 2
	case w[n-3] == 's' && w[n-4] == 's', w[n-3] == 'x', w[n-3] == 'h' && w[n-4] == 's': // classes, indexes, hashes
		return n - 2
	case w[n-3] == 'h' && w[n-4] == 'c' && (w[n-5] == 't' || w[n-5] == 'r' || w[n-5] == 'n'): // matches, not caches
		return n - 2
	}
	return n - 1
}
