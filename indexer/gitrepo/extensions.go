package gitrepo

import (
	"cmp"
	"strings"

	"loradex/internal/fault"
)

// harmlessExtensions are the repository extensions that change nothing for a reader of objects and work trees, and
// why. go-git knows none of them and refuses the repository, so its own opening is not used.
var harmlessExtensions = map[string]string{
	"noop":              "does nothing",
	"noop-v1":           "does nothing",
	"worktreeconfig":    "adds a config.worktree file, which settings.go reads",
	"partialclone":      "objects may be missing; reading one that is says so",
	"preciousobjects":   "forbids deleting objects",
	"relativeworktrees": "the links between work trees are relative paths",
}

// foreignFormat says what of a repository's format cannot be read here, and what helps; "" where all can. The files of its
// work tree can be read whatever it is.
func foreignFormat(s settings) (what, hint string) {
	version, _ := s.get("core", "repositoryformatversion")
	switch version {
	case "", "0", "1":
	default:
		return "repository format version " + version, ""
	}
	for _, opt := range s {
		if opt.section != "extensions" || opt.sub != "" {
			continue
		}
		value := strings.ToLower(opt.value)
		switch {
		case harmlessExtensions[opt.key] != "":
		case opt.key == "objectformat" && value == "sha1", opt.key == "refstorage" && value == "files":
		case opt.key == "objectformat":
			return value + " object names", ""
		case opt.key == "refstorage":
			return "references stored as " + value, "run `git refs migrate --ref-format=files`"
		case version == "1": // git itself passes over those of an older format
			return "the repository extension " + opt.key, ""
		}
	}
	return "", ""
}

// checkReadable refuses what needs objects or references of a repository whose format cannot be read.
func (r *Repo) checkReadable() error {
	if r.foreign == "" {
		return nil
	}
	return fault.New(fault.Unsupported, "%s: %s cannot be read", r.root, r.foreign).
		WithHint("%s", cmp.Or(r.foreignHint, "index its work tree, which needs neither branches nor revisions"))
}
