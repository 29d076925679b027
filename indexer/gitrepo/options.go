package gitrepo

import (
	"io"
	"path/filepath"
)

// Options says how a repository is opened. The zero value opens local repositories without the user's git settings.
type Options struct {
	// CacheDir is the folder that holds clones of URLs. Needed for URLs only.
	CacheDir string
	// Home is the user's home folder, where .gitconfig may name a global ignore file. The default "" reads no
	// settings of the user or the system.
	Home string
	// ConfigHome is $XDG_CONFIG_HOME. The default is Home/.config, as git has it.
	ConfigHome string
	// Offline uses the clone of a URL as it lies in the cache, without asking the server.
	Offline bool
	// Progress gets what the server of a URL says about its progress. The default nil is silent.
	Progress io.Writer
}

func (o Options) configHome() string {
	switch {
	case o.ConfigHome != "":
		return o.ConfigHome
	case o.Home != "":
		return filepath.Join(o.Home, ".config")
	}
	return ""
}
