package gitrepo

import (
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

// checkFormat refuses repositories whose format would be misread.
func checkFormat(root string, s settings) error {
	switch v := s.get("core", "repositoryformatversion"); v {
	case "", "0", "1":
	default:
		return fault.New(fault.Unsupported, "%s: repository format version %q is not supported", root, v)
	}
	for _, opt := range s.section("extensions") {
		key, value := strings.ToLower(opt.key), strings.ToLower(opt.value)
		switch {
		case harmlessExtensions[key] != "":
		case key == "objectformat" && value == "sha1", key == "refstorage" && value == "files":
		case key == "objectformat":
			return fault.New(fault.Unsupported, "%s: repositories with %s object names are not supported", root, value)
		case key == "refstorage":
			return fault.New(fault.Unsupported, "%s: references stored as %q are not supported", root, value).
				WithHint("run `git refs migrate --ref-format=files`")
		default:
			return fault.New(fault.Unsupported, "%s: repository extension %q is not supported", root, opt.key)
		}
	}
	return nil
}
