package lsp

// This file defines the wire: messages behind a header with their length, with bounds on both.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"go.lsp.dev/jsonrpc2"
)

const (
	maxHeaderLine  = 1 << 10 // bytes
	maxHeaderLines = 16
)

// stream is a jsonrpc2.Stream. That package's own reads header lines of any length and allocates what a header says.
// A message that is not JSON-RPC is answered and passed over; a header that cannot be read is the end, as nothing says
// where the next message starts.
type stream struct {
	incoming chan []byte   // bodies, from the goroutine that reads
	stopped  chan struct{} // closed by stop
	stopOnce sync.Once
	done     chan struct{} // closed by the goroutine that reads, when it ends
	readErr  error         // why it ended; set before done is closed
	onEnd    func()        // called by Read when it hands over nothing more; set before the first Read

	writeMu sync.Mutex // keeps messages whole on out
	out     io.Writer
}

// newStream starts to read. Only a goroutine of its own lets a caller leave while a read of a pipe blocks.
func newStream(in io.Reader, out io.Writer, maxBody int) *stream {
	s := &stream{incoming: make(chan []byte), stopped: make(chan struct{}), done: make(chan struct{}), out: out}
	go s.pump(bufio.NewReaderSize(in, maxHeaderLine), maxBody)
	return s
}

// pump hands over bodies until the input ends or the stream is stopped.
func (s *stream) pump(in *bufio.Reader, maxBody int) {
	defer close(s.done)
	for {
		body, err := readMessage(in, maxBody)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.readErr = err
			}
			return
		}
		select {
		case s.incoming <- body:
		case <-s.stopped:
			return
		}
	}
}

// stop ends reading. Answers can still be written.
func (s *stream) stop() { s.stopOnce.Do(func() { close(s.stopped) }) }

// err is why the input could not be read any further; nil where it just ended or was not read to its end.
func (s *stream) err() error {
	select {
	case <-s.done:
		return s.readErr
	default:
		return nil
	}
}

// Read returns the next message, and answers itself what is none.
func (s *stream) Read(ctx context.Context) (jsonrpc2.Message, int64, error) {
	for {
		body, ok := s.next(ctx)
		if !ok {
			s.onEnd()
			return nil, 0, io.EOF
		}
		message, err := jsonrpc2.DecodeMessage(body)
		if err == nil {
			return message, int64(len(body)), nil
		}
		if _, err := s.Write(ctx, jsonrpc2.NewResponse(jsonrpc2.ID{}, nil, err)); err != nil {
			return nil, 0, err
		}
	}
}

// next waits for a body. A stream that was stopped hands over nothing, however much has come.
func (s *stream) next(ctx context.Context) (body []byte, ok bool) {
	select {
	case <-s.stopped:
		return nil, false
	default:
	}
	select {
	case body = <-s.incoming:
		return body, true
	case <-s.done:
	case <-s.stopped:
	case <-ctx.Done():
	}
	return nil, false
}

// Write sends one message.
func (s *stream) Write(ctx context.Context, m jsonrpc2.Message) (int64, error) {
	body, err := jsonrpc2.EncodeMessage(m)
	if err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	whole := append(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n", len(body)), body...)
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	n, err := s.out.Write(whole)
	return int64(n), err
}

// Close stops reading. The output belongs to the caller of Serve.
func (s *stream) Close() error {
	s.stop()
	return nil
}

// readMessage reads one message: header lines, an empty line, the body. io.EOF only where the input ends between two
// messages. in's buffer bounds a header line.
func readMessage(in *bufio.Reader, maxBody int) ([]byte, error) {
	length := -1
	for i := 0; ; i++ {
		line, err := readHeaderLine(in)
		if err != nil {
			if errors.Is(err, io.EOF) && (i > 0 || line != "") {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if line == "" {
			break
		}
		if i == maxHeaderLines {
			return nil, fmt.Errorf("a header has more than %d lines", maxHeaderLines)
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("%.40q is not a header line", line)
		}
		if !strings.EqualFold(name, "Content-Length") {
			continue // Content-Type can only say what we expect
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
		if err != nil {
			return nil, fmt.Errorf("Content-Length is %.40q", value)
		}
		if length = int(n); length > maxBody {
			return nil, fmt.Errorf("a message of %d bytes is longer than %d", length, maxBody)
		}
	}
	if length < 0 {
		return nil, errors.New("a header has no Content-Length")
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(in, body); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return body, nil
}

// readHeaderLine returns a line without its end. With an error it returns what there was of it.
func readHeaderLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", errors.New("a header line is too long")
	}
	return strings.TrimRight(string(line), "\r\n"), err
}
