package workspace

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"loradex/embed"
	"loradex/embed/runtime"
	"loradex/internal/config"
	"loradex/internal/home"
)

// withEncoder makes a session in a home of its own, with the installed runtime and models; it skips the test where there
// are none.
func withEncoder(t *testing.T) *Session {
	t.Helper()
	if !runtime.Available {
		t.Skip("this build has no encoder")
	}
	installed, err := home.Resolve(os.Getenv)
	if err != nil {
		t.Skip(err)
	}
	if _, err := installed.Model(home.DefaultModel); err != nil {
		t.Skip(err)
	}
	library, err := installed.NativeRuntime("cpu")
	if err != nil {
		t.Skip(err)
	}
	own := t.TempDir()
	if err := os.Symlink(installed.Models(), filepath.Join(own, "models")); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{home.EnvHome: own, home.EnvRuntime: library}
	place, err := home.Resolve(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	ws := New(Settings{Home: place, Config: config.Default()})
	t.Cleanup(func() {
		if err := ws.Close(); err != nil {
			t.Error(err)
		}
	})
	return ws
}

func TestEngines(t *testing.T) {
	ws := withEncoder(t)
	enc, err := ws.Encoder(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ws.child().Encoder(t.Context()); err != nil || again != enc {
		t.Errorf("equal options open another encoder: %v", err)
	}
	short, err := ws.Encoder(t.Context(), func(o *embed.Options) { o.MaxTokens = 8 })
	if err != nil {
		t.Fatal(err)
	}
	if short.Environment() != enc.Environment() || short.MaxTokens() != 8 || enc.MaxTokens() == 8 {
		t.Error("other options do not make another encoder over the same runtime")
	}
	for _, e := range []*embed.Encoder{enc, short} {
		if _, err := e.Encode(t.Context(), []embed.Row{{Text: "read a file"}}); err != nil {
			t.Error(err)
		}
	}
}

func TestCloseIsInReverse(t *testing.T) {
	ws := New(Settings{})
	var closed []string
	closing := func(name string, err error) func() error {
		return func() error { closed = append(closed, name); return err }
	}
	broken := errors.New("broken")
	ws.OnClose(closing("runtime", nil))
	ws.OnClose(closing("encoder", broken))
	child := ws.child()
	child.OnClose(closing("lock", nil))
	child.OnClose(func() error { // one closer may leave another
		child.OnClose(closing("late", nil))
		return nil
	})
	if err := child.Close(); err != nil || !slices.Equal(closed, []string{"late", "lock"}) {
		t.Errorf("a child closes %v: %v", closed, err)
	}
	if err := ws.Close(); !errors.Is(err, broken) || !slices.Equal(closed[2:], []string{"encoder", "runtime"}) {
		t.Errorf("closed %v: %v", closed, err)
	}
	if err := ws.Close(); err != nil || len(closed) != 4 {
		t.Errorf("closed again: %v %v", closed, err)
	}
}

// TestChildrenShare opens the library in a child: it stays open when the child is closed.
func TestChildrenShare(t *testing.T) {
	ws := New(Settings{})
	ws.Home.Dir = t.TempDir()
	child := ws.child().child()
	lib, err := child.Library()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Close(); err != nil {
		t.Fatal(err)
	}
	if again, err := ws.Library(); err != nil || again != lib {
		t.Errorf("the library of a child is another one: %v", err)
	}
	if err := ws.Close(); err != nil {
		t.Error(err)
	}
}
