//go:build cgo && ORT

// Package embedtest starts ONNX Runtime for the tests of a package, once:
//
//	func TestMain(m *testing.M) { os.Exit(embedtest.Main(m)) }
//
// and then uses [Env] and [BaseModel]. Tests of a build without ONNX Runtime do not have it.
package embedtest

import (
	"context"
	"fmt"
	"os"
	"testing"

	"loradex/embed/runtime"
	"loradex/internal/home"
)

// Env is the process's ONNX Runtime, and BaseModel the default model's folder, while [Main] runs.
var (
	Env       *runtime.Environment
	BaseModel string
)

// Main runs a package's tests, and what is to be done behind them. What set-up installs must be there.
func Main(m *testing.M, behind ...func() error) int {
	if err := start(); err != nil {
		fmt.Fprintln(os.Stderr, "these tests need `make setup`:", err)
		return 1
	}
	code := m.Run()
	for _, f := range append(behind, Env.Close) {
		if err := f(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

func start() error {
	h, err := home.Resolve(os.Getenv)
	if err != nil {
		return err
	}
	dir, err := h.NativeRuntime("cpu")
	if err != nil {
		return err
	}
	if BaseModel, err = h.Model("all-MiniLM-L6-v2"); err != nil {
		return err
	}
	Env, err = runtime.Start(context.Background(), runtime.Options{LibraryDir: dir, Patient: true}) // tests of other packages run beside
	return err
}
