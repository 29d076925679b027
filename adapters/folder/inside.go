package folder

// This file finds the folders that trainings leave in a folder.

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Inside returns the newest folder in dir, or in its folder `snapshots`, that holds a file of this name and one of the weights: of
// checkpoints, such as `checkpoint-500`, the one with the most steps; else the one whose file changed last. "" where there is none.
func Inside(dir, file string, weights ...string) string {
	newest, steps, changed := "", -1, time.Time{}
	for _, above := range []string{dir, filepath.Join(dir, "snapshots")} {
		entries, err := os.ReadDir(above)
		if err != nil {
			continue // what is not there holds nothing
		}
		for _, e := range entries {
			path := filepath.Join(above, e.Name())
			info, err := os.Stat(filepath.Join(path, file))
			if err != nil || info.IsDir() || !slices.ContainsFunc(weights, func(name string) bool { return isThere(filepath.Join(path, name)) }) {
				continue
			}
			n := -1
			if number, ok := strings.CutPrefix(e.Name(), "checkpoint-"); ok {
				if n, err = strconv.Atoi(number); err != nil {
					n = -1
				}
			}
			if newest == "" || n > steps || n == steps && info.ModTime().After(changed) {
				newest, steps, changed = path, n, info.ModTime()
			}
		}
	}
	return newest
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
