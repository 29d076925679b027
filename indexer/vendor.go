package indexer

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// This file tells a folder called vendor that holds other people's code from a package of the project's own that has this name:
// its traders, say. Where nothing speaks for other people's code, a folder inside the project is its own.

// ambiguousVendor is the one name of vendorFolders that people give to code of their own, too.
const ambiguousVendor = "vendor"

// staticFolders are where sites keep what they load from others.
var staticFolders = set(`assets static public media www js javascript javascripts css stylesheets lib libs ext external deps
	dist node resources plugins`)

// packageFiles lie in packages of others, and packageManagers beside a folder of them.
var (
	packageFiles = set(`modules.txt autoload.php package.json bower.json composer.json cargo.toml go.mod setup.py metadata pkg-info
		makefile.am configure`)
	packageManagers = set(`go.mod go.work composer.json gemfile vendor.json vendor.conf`)
	packageFolders  = set(`github.com golang.org gopkg.in node_modules`)
)

// ownVendor returns the folders called vendor that hold the project's own code, by their path.
func ownVendor(entries []Entry) map[string]bool {
	own := map[string]bool{} // false: other people's
	for i := range entries {
		at := entries[i].Path
		for from := 0; ; {
			n := strings.IndexByte(at[from:], '/')
			if n < 0 {
				break
			}
			folder := at[:from+n]
			if at[from:from+n] == ambiguousVendor {
				if _, seen := own[folder]; !seen {
					own[folder] = mayBeOwn(folder)
				}
				if foreign(at[from+n+1:]) {
					own[folder] = false
				}
			}
			from += n + 1
		}
	}
	if len(own) == 0 {
		return nil
	}
	for i := range entries {
		dir, name := path.Split(entries[i].Path)
		if packageManagers[strings.ToLower(name)] {
			if beside := dir + ambiguousVendor; own[beside] {
				own[beside] = false
			}
		}
	}
	return own
}

// maxVendored bounds the files that are listed of a folder called vendor.
const maxVendored = 20_000

// VendoredIn tells of one file, without a snapshot, whether it lies in a folder called vendor that holds other people's code: by what
// else is in that folder, and beside it. What cannot be read says nothing.
func VendoredIn(tree fs.FS, file string) bool {
	entries := []Entry{{Path: file}}
	for at := path.Dir(file); at != "."; at = path.Dir(at) {
		if path.Base(at) != ambiguousVendor {
			continue
		}
		_ = fs.WalkDir(tree, at, func(name string, d fs.DirEntry, err error) error { //nolint:errcheck // see above
			switch {
			case err != nil:
				return fs.SkipDir
			case len(entries) > maxVendored:
				return fs.SkipAll
			case !d.IsDir():
				entries = append(entries, Entry{Path: name})
			}
			return nil
		})
		beside, _ := fs.ReadDir(tree, path.Dir(at)) //nolint:errcheck // see above
		for _, d := range beside {
			entries = append(entries, Entry{Path: path.Join(path.Dir(at), d.Name())})
		}
	}
	return len(entries) > 1 && rules{own: ownVendor(entries)}.isVendored(file)
}

// mayBeOwn tells whether a folder called vendor lies where a project has its own packages.
func mayBeOwn(folder string) bool {
	above := path.Base(path.Dir(folder))
	return strings.Contains(folder, "/") && !staticFolders[strings.ToLower(above)]
}

// foreign tells whether a path below a vendor folder is one that only other people's code has.
func foreign(below string) bool {
	parts := strings.Split(strings.ToLower(below), "/")
	name := parts[len(parts)-1]
	for _, notice := range []string{"license", "licence", "copying"} {
		if word, _, _ := strings.Cut(name, "."); word == notice {
			return true
		}
	}
	return packageFiles[name] || strings.HasSuffix(name, ".gemspec") || strings.Contains(name, ".min.") ||
		slices.ContainsFunc(parts[:len(parts)-1], func(p string) bool { return packageFolders[p] || strings.HasSuffix(p, ".dist-info") })
}
