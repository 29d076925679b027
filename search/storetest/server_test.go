package storetest_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"loradex/search/qdrant"
)

// This file finds or starts a real server.

// realServer returns the address of a real Qdrant server: the one that LORADEX_QDRANT names, else one that it starts
// for the test where a program named qdrant is on the path. Without either, the test is skipped.
func realServer(t testing.TB) string {
	t.Helper()
	if address := os.Getenv("LORADEX_QDRANT"); address != "" {
		waitFor(t, address, nil)
		return address
	}
	program, err := exec.LookPath("qdrant")
	if err != nil {
		t.Skip("no real Qdrant: set LORADEX_QDRANT to the host:port of a server, or put a qdrant program on the path")
	}
	return startServer(t, program)
}

// startServer runs a server on free ports of this machine with a folder of its own, until the test ends.
func startServer(t testing.TB, program string) string {
	t.Helper()
	dir := t.TempDir()
	http, grpc := freePort(t), freePort(t)
	log, err := os.Create(filepath.Join(dir, "log")) //nolint:gosec // our own folder
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program) //nolint:gosec // found on the path
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append(os.Environ(),
		"QDRANT__SERVICE__HOST=127.0.0.1", fmt.Sprint("QDRANT__SERVICE__HTTP_PORT=", http), fmt.Sprint("QDRANT__SERVICE__GRPC_PORT=", grpc),
		"QDRANT__STORAGE__STORAGE_PATH="+filepath.Join(dir, "storage"), "QDRANT__STORAGE__SNAPSHOTS_PATH="+filepath.Join(dir, "snapshots"),
		"QDRANT__TELEMETRY_DISABLED=true",
	)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		select {
		case <-exited:
		case <-time.After(10 * time.Second):
			t.Error("the server does not end")
		}
		_ = log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("the server's last words:\n%s", text[max(0, len(text)-4000):])
		}
	})
	address := fmt.Sprint("127.0.0.1:", grpc)
	waitFor(t, address, exited)
	return address
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing was sent
	return l.Addr().(*net.TCPAddr).Port
}

// waitFor waits until a server answers, for half a minute at most.
func waitFor(t testing.TB, address string, exited chan error) {
	t.Helper()
	var last error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		select {
		case err := <-exited:
			exited <- err // for who cleans up
			t.Fatalf("the server ended: %v", err)
		default:
		}
		health, err := qdrant.Check(t.Context(), qdrant.Options{Address: address, Retries: -1, Timeout: time.Second})
		if err == nil {
			t.Logf("Qdrant %s at %s", health.Version, address)
			return
		}
		last = err
	}
	t.Fatalf("no Qdrant answers at %s: %v", address, last)
}
