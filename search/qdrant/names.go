package qdrant

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"

	client "github.com/qdrant/go-client/qdrant"
)

// This file defines names: of collections, points, and texts that are no valid UTF-8.

// collectionName returns the main collection of an index: readable, and different for different names.
func collectionName(prefix, name string) string {
	readable := strings.Map(func(r rune) rune {
		if isPlain(r) {
			return r
		}
		return -1
	}, strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/"))))
	return prefix + "-" + cmp.Or(readable[:min(32, len(readable))], "index") + "-" + hashed(name)[:12]
}

func isPlain(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

const spacePart = "-space-"

// alias returns the name under which the collection of a space is found.
func (s *store) alias(space string) string {
	if strings.ContainsFunc(space, func(r rune) bool { return !isPlain(r) }) {
		space = "x" + hashed(space)[:24]
	}
	return s.main + spacePart + space
}

// fresh returns a name that no one had before.
func fresh() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return hex.EncodeToString(b[:])
}

func hashed(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

// pointID returns the ID of a point that is found by what it is; chunks have numbers instead.
func pointID(parts ...string) *client.PointId {
	h := hashed(parts...)
	// Version 8 of RFC 9562: made by rules of our own.
	return client.NewIDUUID(h[:8] + "-" + h[8:12] + "-8" + h[13:16] + "-a" + h[17:20] + "-" + h[20:32])
}

// escape marks a text that is stored in base64: protocol buffers take valid UTF-8 only, file names and code need not
// be.
const escape = "\x00b64:"

func encodeText(s string) string {
	if utf8.ValidString(s) && !strings.HasPrefix(s, escape) {
		return s
	}
	return escape + base64.StdEncoding.EncodeToString([]byte(s))
}

func decodeText(s string) string {
	rest, ok := strings.CutPrefix(s, escape)
	if !ok {
		return s
	}
	b, err := base64.StdEncoding.DecodeString(rest)
	if err != nil {
		return s
	}
	return string(b)
}

// tree returns a path and the folders above it: what a pattern like api/** asks for.
func tree(p string) []string {
	out := []string{p}
	for i := len(p) - 1; i > 0; i-- {
		if p[i] == '/' {
			out = append(out, p[:i])
		}
	}
	return out
}
