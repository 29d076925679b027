package experiment

// This file names the folders of outcomes.

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"strings"
)

// folders are those that the outcomes of mixes go to: Out itself, or one in it for each of several. None without it.
func (o *Options) folders() []string {
	switch {
	case o.Out == "":
		return nil
	case len(o.Mixes) == 1:
		return []string{o.Out}
	}
	dirs := make([]string, len(o.Mixes))
	for i, mix := range o.Mixes {
		dirs[i] = filepath.Join(o.Out, mixFolder(mix.String()))
	}
	return dirs
}

// mixFolder is a mix as the name of a folder. What no file system could take is replaced, and a digest then keeps such
// names apart.
func mixFolder(mix string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("._+-", r) {
			return r
		}
		return '_'
	}, mix)
	const longest = 100 // file systems take 255 bytes; a digest comes behind it
	if safe == mix && len(mix) <= longest {
		return mix
	}
	sum := sha256.Sum256([]byte(mix))
	return strings.TrimRight(safe[:min(longest, len(safe))], ".") + "-" + hex.EncodeToString(sum[:4])
}
