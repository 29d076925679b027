package speed

// This file talks to a peer: a program that does the same work, started as a child, one command a line (bench/README.md).

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"loradex/internal/fault"
)

// peer is a running peer. It serves one command at a time.
type peer struct {
	Ready map[string]any // its first line: name, threads, versions

	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner

	mu sync.Mutex // one command at a time
}

// StartPeer starts a command line, split at spaces, and waits until it is ready. What it prints to standard error goes
// to stderr. When ctx ends it is killed.
func StartPeer(ctx context.Context, command string, stderr io.Writer) (*peer, error) {
	words := strings.Fields(command)
	if len(words) == 0 {
		return nil, fault.New(fault.Invalid, "the command of the peer is empty")
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...) //nolint:gosec // the user's own command line
	cmd.Stderr = stderr
	cmd.WaitDelay = 5 * time.Second
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "peer %s", words[0])
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "peer %s", words[0])
	}
	if err := cmd.Start(); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "peer %s cannot be started", words[0])
	}
	p := &peer{cmd: cmd, stdin: stdin, lines: bufio.NewScanner(stdout)}
	p.lines.Buffer(nil, 1<<20)
	if err := p.answer(&p.Ready); err != nil {
		return nil, errors.Join(fault.Wrap(fault.Unavailable, err, "peer %s does not get ready", command), p.Close())
	}
	return p, nil
}

// answer is what a peer says of a run.
type answer struct {
	Seconds float64 `json:"seconds"`
	Rows    int     `json:"rows"`
	Tokens  int     `json:"tokens"`
	// PeakBytes is the most memory that the peer held, where the command asks for it.
	PeakBytes int64  `json:"peak_bytes"`
	Error     string `json:"error"`
}

// ask sends a command and waits for its answer.
func (p *peer) ask(command string) (answer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var a answer
	if _, err := io.WriteString(p.stdin, command+"\n"); err != nil {
		return a, fault.Wrap(fault.Unavailable, err, "the peer has ended")
	}
	if err := p.answer(&a); err != nil {
		return a, err
	}
	if a.Error != "" {
		return a, fault.New(fault.Unavailable, "the peer answers %q with: %s", command, a.Error)
	}
	return a, nil
}

// run makes a [run] of a command.
func (p *peer) run(command string) run {
	return func(context.Context) (float64, error) {
		a, err := p.ask(command)
		return a.Seconds, err
	}
}

func (p *peer) answer(v any) error {
	if !p.lines.Scan() {
		return fault.Wrap(fault.Unavailable, errors.Join(io.ErrUnexpectedEOF, p.lines.Err()), "the peer has ended")
	}
	if err := json.Unmarshal(p.lines.Bytes(), v); err != nil {
		return fault.Wrap(fault.Corrupt, err, "the peer's answer %q", p.lines.Text())
	}
	return nil
}

// Close asks the peer to end, and kills it where it does not within a few seconds.
func (p *peer) Close() error {
	_, _ = io.WriteString(p.stdin, "quit\n") // it may have ended already
	_ = p.stdin.Close()
	timer := time.AfterFunc(5*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait() // how it ended is its own affair
	return nil
}
