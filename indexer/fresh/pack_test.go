package fresh

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"loradex/indexer"
)

// someFiles are files of a checkout, as a system stamps them.
func someFiles(n int, seed uint64) []File {
	rng := rand.New(rand.NewPCG(seed, 1))
	files := make([]File, n)
	inode, changed := uint64(1)<<63, time.Now().UnixNano()
	for i := range files {
		changed += rng.Int64N(100_000)
		inode++
		blob := ""
		if i%17 != 0 {
			blob = indexer.BlobHash([]byte(fmt.Sprint(i)))
		}
		files[i] = File{
			Path: fmt.Sprintf("dir%02d/sub.x/file%04d.go", i/60, i), Blob: blob, Indexed: blob != "",
			Stat: indexer.Stat{Size: int64(i * 7), ModTime: changed, Inode: inode, Mode: uint32(0o644 + i%200/199)},
		}
		if i%50 == 3 {
			files[i].Stat = indexer.Stat{}
		}
	}
	slices.SortFunc(files, compareFiles)
	return files
}

// TestSmall keeps tables of trees that are alike: each reads as it was, the second takes a few bytes for each file, and what no
// table needs goes.
func TestSmall(t *testing.T) {
	dir := t.TempDir()
	began := time.Unix(7, 8)
	lists := map[string][]File{}
	var first int64
	for i := range 4 {
		files := someFiles(1000, uint64(i))
		for k := range i { // what is changed, gone and new
			files[100+k].Blob = indexer.BlobHash([]byte{byte(i)})
			files = slices.Delete(files, 300, 301)
			files = append(files, File{Path: fmt.Sprintf("new%d.go", k), Blob: indexer.BlobHash(nil), Indexed: true})
		}
		slices.SortFunc(files, compareFiles)
		name := filepath.Join(dir, fmt.Sprintf("files-%d.list", i))
		if err := NewTable(files, began, int64(i)).SaveSmall(name); err != nil {
			t.Fatal(err)
		}
		lists[name] = files
		info, err := os.Stat(name)
		if err != nil || info.Size() > 6000 {
			t.Errorf("%s takes %d bytes, %v", name, info.Size(), err)
		}
		first = max(first, info.Size())
	}
	t.Logf("up to %d bytes for 1,000 files", first)
	bases := func() int {
		names, err := filepath.Glob(filepath.Join(dir, "*"+baseFile))
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	if n := bases(); n != 1 {
		t.Errorf("%d bases", n)
	}
	for name, want := range lists {
		for range 2 {
			table, err := Last(name)
			if err != nil {
				t.Fatal(err)
			}
			if got := table.packed().files; !reflect.DeepEqual(got, want) || table.began() != began.UnixNano() {
				t.Fatalf("%s is read as another one", name)
			}
			table.learn(5, indexer.Stat{Size: 1, ModTime: 2, Inode: 3, Mode: 4})
			want[5].Stat = indexer.Stat{Size: 1, ModTime: 2, Inode: 3, Mode: 4}
			if err := table.Save(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name := range lists {
		if n := bases(); n != 1 {
			t.Errorf("%d bases", n)
		}
		if err := Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if n := bases(); n != 0 {
		t.Errorf("%d bases are left", n)
	}
	// Another tree altogether gets a base of its own; without its base a table is none.
	name := filepath.Join(dir, "files-x.list")
	if err := NewTable(someFiles(30, 9), began, 1).SaveSmall(name); err != nil {
		t.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*"+baseFile))
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(name, 1); err == nil {
		t.Error("a table without its base is taken")
	}
}

// FuzzDecode reads anything as a small form: it is refused, or says what it says again.
func FuzzDecode(f *testing.F) {
	base := someFiles(40, 1)
	changed := slices.Clone(base)
	changed[3].Blob, changed[9].Path = indexer.BlobHash(nil), "zz"
	slices.SortFunc(changed, compareFiles)
	for _, files := range [][]File{nil, base, changed} {
		p := packed{began: 1, state: 2, base: digest{1}, files: files}
		data, err := p.encode(base, true)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[packHead : len(data)-4])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		data := sealed(append(append([]byte(packMagic), make([]byte, packHead-len(packMagic)-1)...), append([]byte{1}, body...)...))
		of := func(digest) ([]File, error) { return base, nil }
		p, err := decode(data, of)
		if err != nil {
			return
		}
		again, err := p.encode(base, true)
		if err != nil {
			t.Fatal(err)
		}
		q, err := decode(again, of)
		if err != nil || len(q.files) != len(p.files) {
			t.Fatalf("%v: %d and %d files", err, len(p.files), len(q.files))
		}
		NewTable(p.files, time.Time{}, 1)
	})
}
