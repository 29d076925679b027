package hub

// This file reads names and settings.

import (
	"os"
	"path/filepath"
	"strings"

	"loradex/internal/fault"
)

// Name is a repository of a model at a revision: a branch, a tag, or a commit.
type Name struct{ Owner, Repo, Revision string }

// String is the name as it is given.
func (n Name) String() string {
	if n.Revision == defaultRevision {
		return n.Owner + "/" + n.Repo
	}
	return n.Owner + "/" + n.Repo + "@" + n.Revision
}

const defaultRevision = "main"

// ParseName reads OWNER/NAME or OWNER/NAME@REVISION; without a revision it is that of the branch main. Errors: Invalid.
func ParseName(text string) (Name, error) {
	repository, revision, given := strings.Cut(text, "@")
	owner, repo, _ := strings.Cut(repository, "/")
	n := Name{Owner: owner, Repo: repo, Revision: revision}
	if !given {
		n.Revision = defaultRevision
	}
	return n, n.check()
}

func (n Name) check() error {
	bad := !isName(n.Owner) || !isName(n.Repo) || !filepath.IsLocal(n.Revision) || len(n.Revision) > 200
	for _, part := range strings.Split(n.Revision, "/") {
		bad = bad || !isName(part)
	}
	if bad {
		return fault.New(fault.Invalid, "%q is no repository of the hub", n.Owner+"/"+n.Repo+"@"+n.Revision).
			WithHint("give OWNER/NAME, or OWNER/NAME@REVISION with a branch, tag or commit")
	}
	return nil
}

// isName tells whether a word can be part of a repository's name or of a revision, and of a path.
func isName(s string) bool {
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune("._-", r) {
			return false
		}
	}
	return s != "" && len(s) <= 96 && !strings.HasPrefix(s, ".") && !strings.HasPrefix(s, "-") && !strings.Contains(s, "..") && !strings.Contains(s, "--")
}

// isCommit tells whether a revision is a whole commit: SHA-1 or SHA-256 in hex.
func isCommit(s string) bool { return (len(s) == 40 || len(s) == 64) && isHex(s) }

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// maxToken bounds the file of a token.
const maxToken = 4096

// Resolve reads the settings that Python's huggingface_hub reads: HF_ENDPOINT; HF_TOKEN, or what HF_TOKEN_PATH or $HF_HOME/token
// holds, as its log-in leaves it; HF_HUB_CACHE or $HF_HOME/hub; HF_HUB_OFFLINE. Errors: Invalid where no place for the cache is known.
func Resolve(getenv func(string) string) (Options, error) {
	first := func(names ...string) string {
		for _, name := range names {
			if v := strings.TrimSpace(getenv(name)); v != "" {
				return v
			}
		}
		return ""
	}
	o := Options{Endpoint: first("HF_ENDPOINT"), Token: first("HF_TOKEN"), Cache: first("HF_HUB_CACHE")}
	home := first("HF_HOME")
	if home == "" {
		cache := first("XDG_CACHE_HOME")
		if user := first("HOME", "USERPROFILE"); cache == "" && user != "" {
			cache = filepath.Join(user, ".cache")
		}
		if cache != "" {
			home = filepath.Join(cache, "huggingface")
		}
	}
	if home != "" {
		if o.Cache == "" {
			o.Cache = filepath.Join(home, "hub")
		}
		path := first("HF_TOKEN_PATH")
		if path == "" {
			path = filepath.Join(home, "token")
		}
		if o.Token == "" && !isOn(first("HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
			if text, err := os.ReadFile(path); err == nil && len(text) <= maxToken { //nolint:gosec // a place that the user's settings name
				o.Token = strings.TrimSpace(string(text))
			}
		}
	}
	o.Offline = isOn(first("HF_HUB_OFFLINE"))
	return o, o.Validate()
}

// isOn reads a switch as huggingface_hub does.
func isOn(s string) bool {
	switch strings.ToUpper(s) {
	case "1", "ON", "YES", "TRUE":
		return true
	}
	return false
}
