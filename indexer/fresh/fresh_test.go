package fresh

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"loradex/indexer"
	"loradex/indexer/gitrepo"
)

func all() int64 { return 1 << 20 }

// put writes files, and makes them old enough for their stat data to tell.
func put(t *testing.T, root string, files ...string) {
	t.Helper()
	for _, path := range files {
		name := filepath.Join(root, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("content of "+path+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// index is what an index would know of files.
func index(t *testing.T, root string, files ...string) []File {
	t.Helper()
	time.Sleep(60 * time.Millisecond)
	out := make([]File, len(files))
	for i, path := range files {
		c, err := gitrepo.ReadFile(root, path, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = File{Path: path, Blob: indexer.BlobHash(c.Data), Stat: c.Stat, Indexed: true}
	}
	return out
}

func TestTable(t *testing.T) {
	files := []File{
		{Path: "z.go", Blob: indexer.BlobHash([]byte("z")), Stat: indexer.Stat{Size: 1, ModTime: 7, Inode: 1 << 63, Mode: 0o644}, Indexed: true},
		{Path: "a/b/c.go", Blob: indexer.BlobHash([]byte("c")), Stat: indexer.Stat{Size: 2, ModTime: 9}, Indexed: true},
		{Path: "a/b.go", Stat: indexer.Stat{Size: 3, ModTime: 8}},
		{Path: "a-b/x.go", Indexed: true},
	}
	file := filepath.Join(t.TempDir(), "files.list")
	began := time.Unix(5, 6)
	if err := NewTable(files, began, 77).Save(file); err != nil {
		t.Fatal(err)
	}
	table, err := Load(file, 77)
	if err != nil {
		t.Fatal(err)
	}
	if table.files != 4 || table.indexed != 3 || table.began() != began.UnixNano() || table.IsRevision() {
		t.Errorf("%d files, %d indexed, began %d", table.files, table.indexed, table.began())
	}
	for _, f := range files {
		at := table.find(f.Path)
		if at < 0 || table.path(at) != f.Path || table.stat(at) != f.Stat || table.isIndexed(at) != f.Indexed || f.Blob != "" && table.blob(at) != f.Blob {
			t.Errorf("%s: at %d: %q, %+v", f.Path, at, table.path(max(at, 0)), table.stat(max(at, 0)))
		}
	}
	if got := table.path(table.recentFile(0)); got != "a/b/c.go" {
		t.Errorf("the last that changed is %s", got)
	}
	for _, none := range []string{"", "a", "a/b", "b.go", "a/b/d.go", "z.go/x"} {
		if at := table.find(none); at >= 0 {
			t.Errorf("%q is found at %d", none, at)
		}
	}
	for _, dir := range []string{"", "a", "a/b", "a-b"} {
		if _, ok := table.findFolder(dir); !ok {
			t.Errorf("folder %q is not found", dir)
		}
	}
	if _, err := Load(file, 78); err == nil {
		t.Error("a table of another state is taken")
	}
	if err := Revision(3).Save(file); err != nil {
		t.Fatal(err)
	}
	if table, err = Load(file, 3); err != nil || !table.IsRevision() {
		t.Errorf("a revision: %v", err)
	}
}

// TestDamaged cuts and changes a table everywhere: it is refused and read from nowhere else.
func TestDamaged(t *testing.T) {
	data := NewTable([]File{{Path: "a/b.go", Indexed: true}, {Path: "c.go"}}, time.Now(), 1).data
	for n := range data {
		if _, err := parse(slices.Clone(data[:n])); err == nil {
			t.Errorf("%d of %d bytes are taken", n, len(data))
		}
		bad := slices.Clone(data)
		bad[n] ^= 0x40
		if _, err := parse(bad); err == nil {
			t.Errorf("a change of byte %d is taken", n)
		}
	}
}

// TestLook changes a tree in every way.
func TestLook(t *testing.T) {
	root := t.TempDir()
	files := []string{"a.go", "b.go", "same.go", "dir/c.go", "dir/gone.go", "lost/d.go", "lost/deep/e.go", "file/x.go", "touched.go", "link.go"}
	put(t, root, files...)
	put(t, root, "empty.go")
	was := index(t, root, append(files, "empty.go")...)
	was[len(was)-1].Indexed = false // it was passed over
	began := time.Now()
	time.Sleep(60 * time.Millisecond)
	tree := NewTree(root, filepath.Join(t.TempDir(), "list"), NewTable(was, began, 1))
	wants := func(path string, _ bool) bool { return path != "ignored.go" && path != "out" }
	if seen := tree.Look(t.Context(), time.Now().Add(time.Second), wants); seen.Checked != len(files) || seen.Of != len(files) || len(seen.Suspects) != 0 {
		t.Fatalf("nothing changed: %+v", seen)
	}

	disk := func(path string) string { return filepath.Join(root, filepath.FromSlash(path)) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(disk("a.go"))
	must(err)
	must(os.WriteFile(disk("a.go"), []byte("CONTENT of a.go\n"), 0o600)) // of the same length
	must(os.Chtimes(disk("a.go"), time.Now(), info.ModTime()))           // and time
	must(os.Remove(disk("dir/gone.go")))
	must(os.RemoveAll(disk("lost")))
	must(os.RemoveAll(disk("file")))
	must(os.WriteFile(disk("file"), []byte("it was a folder\n"), 0o600))
	must(os.Chtimes(disk("touched.go"), time.Now(), time.Now()))
	must(os.Remove(disk("link.go")))
	must(os.Symlink("a.go", disk("link.go")))
	must(os.WriteFile(disk("empty.go"), []byte("not empty any more\n"), 0o600))
	put(t, root, "new.go", "ignored.go", "fresh/deep/new.go", "out/built.go")

	want := map[string]Disk{
		"a.go": Edited, "dir/gone.go": Gone, "lost/d.go": Gone, "lost/deep/e.go": Gone, "file/x.go": Gone, "file": New, "touched.go": Same,
		"link.go": Gone, "empty.go": New, "new.go": New, "fresh/deep/new.go": New,
	}
	seen := tree.Look(t.Context(), time.Now().Add(time.Second), wants)
	if seen.Checked != len(files) {
		t.Errorf("%d of %d were compared", seen.Checked, len(files))
	}
	for _, path := range seen.Suspects {
		got, content, err := tree.Read(path, all)
		if err != nil {
			t.Fatal(err)
		}
		if w, ok := want[path]; !ok || got != w || (got == New || got == Edited) != (len(content.Data) > 0) {
			t.Errorf("%s is %d, want %d; %d bytes", path, got, w, len(content.Data))
		}
		delete(want, path)
	}
	if len(want) > 0 {
		t.Errorf("not seen: %v", want)
	}
	time.Sleep(60 * time.Millisecond)
	if disk, _, err := tree.Read("touched.go", all); disk != Same || err != nil {
		t.Errorf("touched.go is %d, %v", disk, err)
	}
	if seen = tree.Look(t.Context(), time.Now().Add(time.Second), wants); slices.Contains(seen.Suspects, "touched.go") {
		t.Error("what was read and is the same is suspect again")
	}
}

// TestLearn touches many files: what one process has read of them, the next one knows.
func TestLearn(t *testing.T) {
	root, file := t.TempDir(), filepath.Join(t.TempDir(), "list")
	files := make([]string, maxLearned+20)
	for i := range files {
		files[i] = fmt.Sprintf("f%03d.go", i)
	}
	put(t, root, files...)
	was := index(t, root, files...)
	for i := range was {
		was[i].Indexed = i%2 == 0
	}
	put(t, root, files...)
	time.Sleep(60 * time.Millisecond)
	if err := NewTable(was, time.Now(), 1).Save(file); err != nil {
		t.Fatal(err)
	}
	wants := func(string, bool) bool { return true }
	for _, want := range []int{len(files), len(files) - maxLearned} {
		table, err := Load(file, 1)
		if err != nil {
			t.Fatal(err)
		}
		tree := NewTree(root, file, table)
		seen := tree.Look(t.Context(), time.Now().Add(time.Second), wants)
		if len(seen.Suspects) != want {
			t.Errorf("%d suspects, want %d", len(seen.Suspects), want)
		}
		for _, path := range seen.Suspects {
			if disk, _, err := tree.Read(path, all); disk != Same || err != nil {
				t.Errorf("%s is %d, %v", path, disk, err)
			}
		}
	}
}

// TestLookInParts has no time: what is found is kept, and looks go on where the last one ended, in other processes, too.
func TestLookInParts(t *testing.T) {
	root, file := t.TempDir(), filepath.Join(t.TempDir(), "list")
	n := batch*least + 3000
	for i := range n/1000 + 1 {
		if err := os.Mkdir(filepath.Join(root, fmt.Sprintf("d%02d", i)), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(60 * time.Millisecond) // the folders are as they were
	old := time.Now().Add(-time.Hour).UnixNano()
	files := make([]File, n)
	for i := range files { // none of them is there
		files[i] = File{Path: fmt.Sprintf("d%02d/f%05d.go", i/1000, i), Stat: indexer.Stat{Size: 1, ModTime: old + int64(n-i)}, Indexed: true}
	}
	wants := func(string, bool) bool { return true }
	table := NewTable(files, time.Now(), 1)
	if err := table.Save(file); err != nil {
		t.Fatal(err)
	}
	seen, looks := map[string]bool{}, 0
	for ; len(seen) < n && looks < 50; looks++ {
		table, err := Load(file, 1)
		if err != nil {
			t.Fatal(err)
		}
		got := NewTree(root, file, table).Look(t.Context(), time.Now().Add(-time.Second), wants)
		if got.Of != n || got.Checked > n || looks == 0 && got.Checked == n {
			t.Fatalf("look %d: %d of %d", looks, got.Checked, got.Of)
		}
		for _, path := range got.Suspects {
			seen[path] = true
		}
	}
	if len(seen) < n {
		t.Errorf("%d of %d files were seen in %d looks", len(seen), n, looks)
	}
}
