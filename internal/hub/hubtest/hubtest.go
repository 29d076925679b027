// Package hubtest is a server on this machine that speaks the protocol of the Hugging Face hub, for tests.
package hubtest

import (
	"crypto/sha1" //nolint:gosec // git's digest of a file
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Commit is that of every repository's revision `main`.
const Commit = "0123456789abcdef0123456789abcdef01234567"

// Server has repositories. Its fields may be changed between requests.
type Server struct {
	URL string
	// Elsewhere is the address of the other host, which large files are redirected to.
	Elsewhere string

	mu    sync.Mutex
	repos map[string]map[string][]byte
	seen  []Request

	Token string // of a private server; "" asks for none
	// Change may bend an answer before it is sent; the default leaves all as it is.
	Change func(w http.ResponseWriter, r *http.Request) (done bool)
	// Listed may bend what is said of the files.
	Listed func(siblings []map[string]any) []map[string]any
	// Cut sends that many bytes of a file in one answer and breaks the connection; 0 sends all.
	Cut int
}

// Request is one that came.
type Request struct{ Host, Path, Range, Authorization string }

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{repos: map[string]map[string][]byte{}}
	hub, elsewhere := httptest.NewServer(http.HandlerFunc(s.hub)), httptest.NewServer(http.HandlerFunc(s.large))
	t.Cleanup(hub.Close)
	t.Cleanup(elsewhere.Close)
	s.URL, s.Elsewhere = hub.URL, elsewhere.URL
	return s
}

// Add gives a repository a file.
func (s *Server) Add(repository, path string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.repos[repository] == nil {
		s.repos[repository] = map[string][]byte{}
	}
	s.repos[repository][path] = data
}

// AddFolder gives a repository the files of a folder.
func (s *Server) AddFolder(t testing.TB, repository, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // test data
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		s.Add(repository, filepath.ToSlash(rel), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Requests are those since the last call.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := s.seen
	s.seen = nil
	return seen
}

// IsLarge tells which files the server keeps in LFS.
func IsLarge(path string) bool {
	ext := filepath.Ext(path)
	return ext == ".safetensors" || ext == ".bin" || ext == ".onnx"
}

// Digest is the name of a file's blob in the cache.
func Digest(path string, data []byte) string {
	if IsLarge(path) {
		sum := sha256.Sum256(data)
		return hex.EncodeToString(sum[:])
	}
	sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(data), data)) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

func (s *Server) note(r *http.Request) {
	s.seen = append(s.seen, Request{Host: "http://" + r.Host, Path: r.URL.Path, Range: r.Header.Get("Range"), Authorization: r.Header.Get("Authorization")})
}

// hub answers on the hub's own address.
func (s *Server) hub(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(r)
	if s.Change != nil && s.Change(w, r) {
		return
	}
	if s.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.Token {
		refuse(w, http.StatusUnauthorized, "RepoNotFound")
		return
	}
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 5)
	switch {
	case len(parts) == 5 && parts[0] == "api" && parts[1] == "models":
		kind, revision, _ := strings.Cut(parts[4], "/")
		s.about(w, parts[2]+"/"+parts[3], kind, revision)
	case len(parts) >= 5 && parts[2] == "resolve":
		data, ok := s.repos[parts[0]+"/"+parts[1]][parts[4]]
		if !ok {
			refuse(w, http.StatusNotFound, "EntryNotFound")
			return
		}
		w.Header().Set("X-Repo-Commit", Commit)
		if IsLarge(parts[4]) {
			digest := Digest(parts[4], data)
			w.Header().Set("X-Linked-Etag", `"`+digest+`"`)
			w.Header().Set("X-Linked-Size", strconv.Itoa(len(data)))
			http.Redirect(w, r, s.Elsewhere+"/"+digest, http.StatusFound)
			return
		}
		s.send(w, r, data, Digest(parts[4], data))
	default:
		refuse(w, http.StatusNotFound, "RepoNotFound")
	}
}

// about answers what a repository holds: /revision/REVISION, and /tree/COMMIT, which Python asks for.
func (s *Server) about(w http.ResponseWriter, repository, kind, revision string) {
	files, ok := s.repos[repository]
	if !ok {
		refuse(w, http.StatusNotFound, "RepoNotFound")
		return
	}
	if revision != "main" && revision != Commit {
		refuse(w, http.StatusNotFound, "RevisionNotFound")
		return
	}
	siblings, tree := []map[string]any{}, []map[string]any{}
	for path, data := range files {
		one := map[string]any{"rfilename": path, "size": len(data), "blobId": Digest("", data)}
		entry := map[string]any{"type": "file", "path": path, "size": len(data), "oid": Digest("", data)}
		if IsLarge(path) {
			one["lfs"] = map[string]any{"sha256": Digest(path, data), "size": len(data), "pointerSize": 134}
			entry["lfs"] = map[string]any{"oid": Digest(path, data), "size": len(data), "pointerSize": 134}
		}
		siblings, tree = append(siblings, one), append(tree, entry)
	}
	if s.Listed != nil {
		siblings = s.Listed(siblings)
	}
	var answer any = map[string]any{"id": repository, "sha": Commit, "siblings": siblings}
	if kind == "tree" {
		answer = tree
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) //nolint:errchkjson // maps of strings and numbers; a client that is gone needs no answer
}

// large answers on the other host: files by their digest.
func (s *Server) large(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(r)
	if s.Change != nil && s.Change(w, r) {
		return
	}
	for _, files := range s.repos {
		for path, data := range files {
			if IsLarge(path) && Digest(path, data) == strings.TrimPrefix(r.URL.Path, "/") {
				s.send(w, r, data, Digest(path, data))
				return
			}
		}
	}
	http.NotFound(w, r)
}

// send sends a file, or the part that is asked for; with Cut, not all of it.
func (s *Server) send(w http.ResponseWriter, r *http.Request, data []byte, digest string) {
	w.Header().Set("ETag", `"`+digest+`"`)
	if s.Cut == 0 {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(data)))
		return
	}
	from := 0
	_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from) // 0 without one
	rest := data[from:]
	w.Header().Set("Content-Length", strconv.Itoa(len(rest)))
	if from > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
		w.WriteHeader(http.StatusPartialContent)
	}
	_, _ = w.Write(rest[:min(s.Cut, len(rest))])
	if s.Cut < len(rest) {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("X-Error-Code", code)
	w.WriteHeader(status)
}
