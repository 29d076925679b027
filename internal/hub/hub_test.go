package hub

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"loradex/internal/fault"
	"loradex/internal/hub/hubtest"
)

// weights are long enough to be cut.
var weights = bytes.Repeat([]byte("weights."), 20_000)

// serve has a repository o/model on a server, and options for it.
func serve(t *testing.T) (*hubtest.Server, Options) {
	t.Helper()
	s := hubtest.New(t)
	s.Add("o/model", "config.json", []byte(`{"a":1}`))
	s.Add("o/model", "1_Pooling/config.json", []byte(`{}`))
	s.Add("o/model", "empty.txt", nil)
	s.Add("o/model", "model.safetensors", weights)
	s.Add("o/model", "pytorch_model.bin", []byte("the same in another format"))
	return s, Options{Endpoint: s.URL, Cache: t.TempDir(), pause: time.Millisecond}
}

// most takes all but one of the files.
func most(files []string) ([]string, error) {
	return slices.DeleteFunc(slices.Clone(files), func(f string) bool { return f == "pytorch_model.bin" }), nil
}

func parse(t *testing.T, text string) Name {
	t.Helper()
	n, err := ParseName(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// wantFault checks the code of an error, and words of its message and hint.
func wantFault(t *testing.T, err error, code fault.Code, words ...string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Errorf("%v, want %s", err, code)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error()+" | "+fault.HintOf(err), w) {
			t.Errorf("%v | %s lacks %q", err, fault.HintOf(err), w)
		}
	}
}

// TestSnapshot: the layout of the cache, only the files that are wanted, and nothing asked for twice.
func TestSnapshot(t *testing.T) {
	s, o := serve(t)
	var done, total int64
	o.Progress = func(d, all int64) { done, total = d, all }
	dir, err := o.Snapshot(t.Context(), parse(t, "o/model"), most)
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(o.Cache, "models--o--model")
	if want := filepath.Join(store, "snapshots", hubtest.Commit); dir != want {
		t.Errorf("snapshot %s, want %s", dir, want)
	}
	if size := int64(len(weights) + 9); done != size || total != size {
		t.Errorf("%d of %d bytes, want %d", done, total, size)
	}
	if text, err := os.ReadFile(filepath.Join(store, "refs", "main")); err != nil || string(text) != hubtest.Commit {
		t.Errorf("ref %q %v", text, err)
	}
	for path, want := range map[string][]byte{"config.json": []byte(`{"a":1}`), "1_Pooling/config.json": []byte(`{}`), "empty.txt": nil, "model.safetensors": weights} {
		link := filepath.Join(dir, filepath.FromSlash(path))
		target, err := os.Readlink(link)
		up := strings.Repeat("../", strings.Count(path, "/")+2)
		if wanted := up + "blobs/" + hubtest.Digest(path, want); err != nil || target != wanted {
			t.Errorf("%s leads to %q (%v), want %q", path, target, err, wanted)
		}
		if got, err := os.ReadFile(link); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "pytorch_model.bin")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("pytorch_model.bin was taken: %v", err)
	}
	s.Requests()
	if _, err := o.Snapshot(t.Context(), parse(t, "o/model@"+hubtest.Commit), most); err != nil {
		t.Fatal(err)
	}
	if again := s.Requests(); len(again) != 1 {
		t.Errorf("asked again for %v", again)
	}
}

// TestResume: a connection that breaks, a program that is stopped, and a file of another program that broke off.
func TestResume(t *testing.T) {
	s, o := serve(t)
	s.Cut = 50_000 // 160,000 bytes in four answers, one of them the last
	if _, err := o.Snapshot(t.Context(), parse(t, "o/model"), most); err != nil {
		t.Fatal(err)
	}
	var ranges []string
	for _, r := range s.Requests() {
		if r.Host == s.Elsewhere {
			ranges = append(ranges, r.Range)
		}
	}
	if want := []string{"", "bytes=50000-", "bytes=100000-", "bytes=150000-"}; !slices.Equal(ranges, want) {
		t.Errorf("asked for %q, want %q", ranges, want)
	}

	// Stopped in the middle: what came is kept, and the next call goes on with it.
	s, o = serve(t)
	s.Cut = 50_000
	ctx, stop := context.WithCancel(t.Context())
	o.Progress = func(done, _ int64) {
		if done > 60_000 {
			stop()
		}
	}
	_, err := o.Snapshot(ctx, parse(t, "o/model"), most)
	wantFault(t, err, fault.Canceled, "goes on")
	partial := filepath.Join(o.Cache, "models--o--model", "blobs", hubtest.Digest("model.safetensors", weights)+".incomplete")
	kept, err := os.Stat(partial)
	if err != nil || kept.Size() < 40_000 {
		t.Fatalf("kept %v %v", kept, err)
	}
	s.Cut, o.Progress = 0, nil
	s.Requests()
	dir, err := o.Snapshot(t.Context(), parse(t, "o/model"), most)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "model.safetensors")); err != nil || !bytes.Equal(got, weights) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	last := s.Requests()
	if got := last[len(last)-1].Range; got != fmt.Sprintf("bytes=%d-", kept.Size()) {
		t.Errorf("asked for %q after %d bytes", got, kept.Size())
	}
	if _, err := os.Stat(partial); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", partial, err)
	}
}

// TestResumeWithoutRanges: a server that sends everything again, and one that refuses the range, are taken from the start.
func TestResumeWithoutRanges(t *testing.T) {
	for name, status := range map[string]int{"all again": http.StatusOK, "refused": http.StatusRequestedRangeNotSatisfiable} {
		t.Run(name, func(t *testing.T) {
			s, o := serve(t)
			blobs := filepath.Join(o.Cache, "models--o--model", "blobs")
			if err := os.MkdirAll(blobs, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(blobs, hubtest.Digest("model.safetensors", weights)+".incomplete"), weights[:999], 0o600); err != nil {
				t.Fatal(err)
			}
			s.Change = func(w http.ResponseWriter, r *http.Request) bool {
				if "http://"+r.Host != s.Elsewhere || r.Header.Get("Range") == "" {
					return false
				}
				w.WriteHeader(status)
				if status == http.StatusOK {
					_, _ = w.Write(weights)
				}
				return true
			}
			dir, err := o.Snapshot(t.Context(), parse(t, "o/model"), most)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(dir, "model.safetensors")); err != nil || !bytes.Equal(got, weights) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
}

// TestWrongDigest: neither a file that is another one, nor the rest of another one, gets the name of its digest.
func TestWrongDigest(t *testing.T) {
	for _, path := range []string{"model.safetensors", "config.json"} {
		s, o := serve(t)
		s.Change = func(w http.ResponseWriter, r *http.Request) bool {
			if "http://"+r.Host == s.Elsewhere && path == "model.safetensors" {
				_, _ = w.Write(bytes.Repeat([]byte("x"), len(weights)))
				return true
			}
			if path == "config.json" && strings.HasSuffix(r.URL.Path, "/"+hubtest.Commit+"/config.json") {
				_, _ = w.Write([]byte(`{"a":2}`))
				return true
			}
			return false
		}
		_, err := o.Snapshot(t.Context(), parse(t, "o/model"), most)
		wantFault(t, err, fault.Corrupt, path, "digest")
		blobs, _ := filepath.Glob(filepath.Join(o.Cache, "models--o--model", "blobs", "*"))
		for _, b := range blobs {
			if strings.Contains(b, hubtest.Digest("model.safetensors", weights)) && path == "model.safetensors" || strings.HasSuffix(b, ".incomplete") {
				t.Errorf("%s: left %s", path, b)
			}
		}
		if _, err := os.Stat(filepath.Join(o.Cache, "models--o--model", "refs")); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a ref to a snapshot that is not whole")
		}
		s.Change = nil
		if _, err := o.Snapshot(t.Context(), parse(t, "o/model"), most); err != nil {
			t.Errorf("the next call: %v", err)
		}
	}
}

// TestToken: a private repository, and that the token goes to the hub alone.
func TestToken(t *testing.T) {
	s, o := serve(t)
	s.Token = "hf_secret"
	_, err := o.Snapshot(t.Context(), parse(t, "o/model"), most)
	wantFault(t, err, fault.NotFound, "o/model", "HF_TOKEN", "401")
	o.Token = "hf_wrong"
	_, err = o.Snapshot(t.Context(), parse(t, "o/model"), most)
	wantFault(t, err, fault.NotFound, "not for this token")
	if strings.Contains(err.Error()+fault.HintOf(err), "hf_wrong") {
		t.Error("the error shows the token")
	}
	s.Requests()
	o.Token = "hf_secret"
	if _, err = o.Snapshot(t.Context(), parse(t, "o/model"), most); err != nil {
		t.Fatal(err)
	}
	there := 0
	for _, r := range s.Requests() {
		want := "Bearer hf_secret"
		if r.Host == s.Elsewhere {
			want, there = "", there+1
		}
		if r.Authorization != want {
			t.Errorf("%s%s got %q", r.Host, r.Path, r.Authorization)
		}
	}
	if there == 0 {
		t.Error("the other host was not asked")
	}
}

// TestOffline: what the cache holds is found without a request; what it lacks is an error.
func TestOffline(t *testing.T) {
	s, o := serve(t)
	off := o
	off.Offline = true
	_, err := off.Snapshot(t.Context(), parse(t, "o/model"), most)
	wantFault(t, err, fault.NotFound, "not in the cache", "--offline")
	online, err := o.Snapshot(t.Context(), parse(t, "o/model"), most)
	if err != nil {
		t.Fatal(err)
	}
	s.Requests()
	for _, name := range []string{"o/model", "o/model@" + hubtest.Commit} {
		if dir, err := off.Snapshot(t.Context(), parse(t, name), most); err != nil || dir != online {
			t.Errorf("%s: %s %v", name, dir, err)
		}
	}
	for _, name := range []string{"o/model@v1", "o/other"} {
		_, err := off.Snapshot(t.Context(), parse(t, name), most)
		wantFault(t, err, fault.NotFound, "not in the cache")
	}
	if n := s.Requests(); len(n) > 0 {
		t.Errorf("asked %v", n)
	}
}

// TestHostileListing: names that leave the folder, sizes that lie, and other things no repository has.
func TestHostileListing(t *testing.T) {
	first := func(key string, value any) func([]map[string]any) []map[string]any {
		return func(files []map[string]any) []map[string]any {
			slices.SortFunc(files, func(a, b map[string]any) int {
				return strings.Compare(a["rfilename"].(string), b["rfilename"].(string))
			})
			files[1][key] = value // config.json
			return files
		}
	}
	for name, tt := range map[string]struct {
		change func([]map[string]any) []map[string]any
		code   fault.Code
		words  string
	}{
		"a parent":           {first("rfilename", "../../../evil.json"), fault.Corrupt, "evil"},
		"a parent inside":    {first("rfilename", "a/../../../b.json"), fault.Corrupt, "b.json"},
		"an absolute path":   {first("rfilename", "/evil.json"), fault.Corrupt, "evil"},
		"a backslash":        {first("rfilename", `..\evil.json`), fault.Corrupt, "evil"},
		"a drive":            {first("rfilename", "c:evil.json"), fault.Corrupt, "evil"},
		"a control sign":     {first("rfilename", "evil\x00.json"), fault.Corrupt, "evil"},
		"another spelling":   {first("rfilename", "a//b.json"), fault.Corrupt, "a//b"},
		"nothing":            {first("rfilename", ""), fault.Corrupt, "name"},
		"twice":              {first("rfilename", "model.safetensors"), fault.Corrupt, "twice"},
		"a digest of a path": {first("blobId", "../../../../etc/passwd"), fault.Corrupt, "digest"},
		"no digest":          {first("blobId", ""), fault.Corrupt, "digest"},
		"a negative size":    {first("size", -1), fault.Corrupt, "size"},
		"a huge size":        {first("size", int64(1)<<60), fault.Invalid, "larger than 64 GB"},
		"a size too small":   {first("size", 3), fault.Corrupt, "bytes"},
		"a size too large":   {first("size", 300), fault.Corrupt, "bytes"},
	} {
		s, o := serve(t)
		s.Listed = tt.change
		_, err := o.Snapshot(t.Context(), parse(t, "o/model"), most)
		wantFault(t, err, tt.code, tt.words)
		if err := filepath.WalkDir(filepath.Dir(o.Cache), func(path string, d fs.DirEntry, err error) error {
			if strings.Contains(path, "evil") {
				t.Errorf("%s: wrote %s", name, path)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEndless: a server that sends on after the size that it told is not listened to.
func TestEndless(t *testing.T) {
	s, o := serve(t)
	s.Change = func(w http.ResponseWriter, r *http.Request) bool {
		if "http://"+r.Host != s.Elsewhere {
			return false
		}
		for range 100 { // no length is told
			if _, err := w.Write(weights); err != nil {
				break
			}
		}
		return true
	}
	_, err := o.Snapshot(t.Context(), parse(t, "o/model"), most)
	wantFault(t, err, fault.Corrupt, "model.safetensors", "160000")
	left, _ := filepath.Glob(filepath.Join(o.Cache, "models--o--model", "blobs", "*.incomplete"))
	for _, path := range left {
		if info, err := os.Stat(path); err != nil || info.Size() > int64(len(weights)) {
			t.Errorf("%s: %v %v", path, info, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	s, o := serve(t)
	for name, tt := range map[string]struct {
		status int
		header map[string]string
		code   fault.Code
		words  []string
	}{
		"gated":         {403, map[string]string{"X-Error-Code": "GatedRepo"}, fault.NotFound, []string{"terms", s.URL + "/o/model", "HF_TOKEN"}},
		"forbidden":     {403, map[string]string{"X-Error-Message": "no\nrights"}, fault.NotFound, []string{"forbidden", "no rights"}},
		"rate limit":    {429, nil, fault.Unavailable, []string{"429", "HF_TOKEN set", "kept"}},
		"a long wait":   {429, map[string]string{"Retry-After": "300"}, fault.Unavailable, []string{"429"}},
		"broken server": {503, nil, fault.Unavailable, []string{"503", "later"}},
		"teapot":        {418, nil, fault.Unavailable, []string{"418", "HF_ENDPOINT"}},
		"no JSON":       {200, nil, fault.Corrupt, []string{"JSON", "HF_ENDPOINT"}},
	} {
		t.Run(name, func(t *testing.T) {
			s.Change = func(w http.ResponseWriter, _ *http.Request) bool {
				for k, v := range tt.header {
					w.Header().Set(k, strings.ReplaceAll(v, "\n", " "))
				}
				w.WriteHeader(tt.status)
				return true
			}
			_, err := o.Snapshot(t.Context(), parse(t, "o/model"), most)
			wantFault(t, err, tt.code, tt.words...)
		})
	}
	s.Change = nil
	_, err := o.Snapshot(t.Context(), parse(t, "o/other"), most)
	wantFault(t, err, fault.NotFound, "o/other", "private")
	_, err = o.Snapshot(t.Context(), parse(t, "o/model@v9"), most)
	wantFault(t, err, fault.NotFound, `no revision "v9"`)
	_, err = o.Snapshot(t.Context(), parse(t, "o/model"), func([]string) ([]string, error) { return []string{"absent.json"}, nil })
	wantFault(t, err, fault.NotFound, "absent.json")

	// What passes is asked for again.
	fails := 2
	s.Change = func(w http.ResponseWriter, _ *http.Request) bool {
		if fails--; fails >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return fails >= 0
	}
	if _, err = o.Snapshot(t.Context(), parse(t, "o/model"), most); err != nil {
		t.Errorf("after two failures: %v", err)
	}
	o.Endpoint = "http://127.0.0.1:1"
	_, err = o.Snapshot(t.Context(), parse(t, "o/model"), most)
	wantFault(t, err, fault.Unavailable, "127.0.0.1:1 cannot be reached", "--offline")
}

func TestParseName(t *testing.T) {
	for text, want := range map[string]Name{
		"intfloat/e5-small-v2": {"intfloat", "e5-small-v2", "main"},
		"a/b@v1.0":             {"a", "b", "v1.0"},
		"a/b@refs/pr/1":        {"a", "b", "refs/pr/1"},
	} {
		if n, err := ParseName(text); err != nil || n != want {
			t.Errorf("%s: %+v %v", text, n, err)
		}
	}
	for _, text := range []string{"", "a", "a/", "/a", "a/b/c", "../b", "a/..", "a/b@", "a/b@..", "a/b@../../x", "a/b@/x", "a b/c", "a/b@x\n", ".a/b", "-a/b", "a/b@-x", "a/b?x", "a--b/c", "a/" + strings.Repeat("b", 97)} {
		if n, err := ParseName(text); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: %+v %v", text, n, err)
		}
	}
}

func TestResolve(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "token"), []byte("hf_file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		env  map[string]string
		want Options
	}{
		"nothing":    {map[string]string{"HOME": "/u"}, Options{Cache: "/u/.cache/huggingface/hub"}},
		"XDG":        {map[string]string{"HOME": "/u", "XDG_CACHE_HOME": "/x"}, Options{Cache: "/x/huggingface/hub"}},
		"HF_HOME":    {map[string]string{"HOME": "/u", "HF_HOME": home}, Options{Cache: home + "/hub", Token: "hf_file"}},
		"variables":  {map[string]string{"HF_HOME": home, "HF_HUB_CACHE": "/c", "HF_TOKEN": "hf_env", "HF_ENDPOINT": "http://m", "HF_HUB_OFFLINE": "1"}, Options{Endpoint: "http://m", Cache: "/c", Token: "hf_env", Offline: true}},
		"no log-in":  {map[string]string{"HF_HOME": home, "HF_HUB_DISABLE_IMPLICIT_TOKEN": "true"}, Options{Cache: home + "/hub"}},
		"token file": {map[string]string{"HF_HOME": "/h", "HF_TOKEN_PATH": filepath.Join(home, "token")}, Options{Cache: "/h/hub", Token: "hf_file"}},
	} {
		o, err := Resolve(func(k string) string { return tt.env[k] })
		o.Progress = nil
		if err != nil || o.Endpoint != tt.want.Endpoint || o.Cache != tt.want.Cache || o.Token != tt.want.Token || o.Offline != tt.want.Offline {
			t.Errorf("%s: %+v %v", name, o, err)
		}
	}
	for _, env := range []map[string]string{{}, {"HOME": "/u", "HF_ENDPOINT": "ftp://x"}, {"HOME": "/u", "HF_ENDPOINT": "https://user:secret@x"}, {"HF_HUB_CACHE": "relative"}, {"HOME": "/u", "HF_TOKEN": "a b"}} {
		if _, err := Resolve(func(k string) string { return env[k] }); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%v: %v", env, err)
		}
	}
}
