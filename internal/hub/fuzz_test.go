package hub

import (
	"path/filepath"
	"strings"
	"testing"

	"loradex/internal/fault"
)

// FuzzListing: whatever a server says, what is taken of it stays below the cache and is bounded.
func FuzzListing(f *testing.F) {
	f.Add([]byte(`{"sha":"0123456789abcdef0123456789abcdef01234567","siblings":[{"rfilename":"1_Pooling/config.json","size":2,"blobId":"0123456789abcdef0123456789abcdef01234567"}]}`))
	f.Add([]byte(`{"sha":"0123456789abcdef0123456789abcdef01234567","siblings":[{"rfilename":"../x","size":2,"blobId":"0123456789abcdef0123456789abcdef01234567","lfs":{"sha256":"","size":null}}]}`))
	cache := f.TempDir()
	c := &client{name: Name{"o", "m", "main"}}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := c.read(text)
		if err != nil {
			if fault.CodeOf(err) != fault.Corrupt {
				t.Fatal(err)
			}
			return
		}
		if !isCommit(l.commit) {
			t.Fatalf("commit %q", l.commit)
		}
		for _, file := range l.files {
			below, err := filepath.Rel(cache, filepath.Join(cache, filepath.FromSlash(file.path)))
			if err != nil || below == "." || strings.HasPrefix(below, "..") || file.digest != "" && !isHex(file.digest) {
				t.Fatalf("%+v", file)
			}
		}
	})
}

// FuzzName: what is read as a name is written as the same one, and is a path below a folder.
func FuzzName(f *testing.F) {
	f.Add("intfloat/e5-small-v2@refs/pr/1")
	f.Add("../a@..")
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseName(text)
		if err != nil {
			return
		}
		again, err := ParseName(n.String())
		if err != nil || again != n {
			t.Fatalf("%q: %+v, then %+v (%v)", text, n, again, err)
		}
		if path := filepath.Join("models--"+n.Owner+"--"+n.Repo, "refs", n.Revision); !filepath.IsLocal(path) || !strings.HasPrefix(path, "models--") {
			t.Fatalf("%q leads to %s", text, path)
		}
	})
}
