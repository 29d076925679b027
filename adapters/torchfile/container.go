package torchfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"loradex/internal/fault"
)

// contents is a parsed file: the tensors, and the bytes of every storage that they refer to.
type contents struct {
	tensors map[string]*tensor
	data    map[*storage][]byte
}

// parse reads either container.
func parse(file []byte) (*contents, error) {
	switch {
	case bytes.HasPrefix(file, []byte("PK\x03\x04")):
		return parseZip(file)
	case bytes.HasPrefix(file, []byte("\x80\x02")):
		return parseStream(file)
	case len(file) > 262 && string(file[257:262]) == "ustar":
		return nil, fault.New(fault.Unsupported, "is a tar file of torch before 0.1.10, which is not supported").
			WithHint("load and save it again with a newer torch, as safetensors if you can")
	}
	return nil, errors.New("is neither the zip nor the stream that torch.save writes")
}

// parseZip reads the container of torch 1.6 and later: NAME/data.pkl and NAME/data/KEY, all stored, none compressed.
// Compressed entries are refused: torch writes none, and a small file could ask for any amount of memory with them.
func parseZip(file []byte) (*contents, error) {
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	entries := make(map[string]*zip.File, len(archive.File))
	root := ""
	for _, f := range archive.File {
		if entries[f.Name] != nil {
			return nil, fmt.Errorf("entry %.100q is there twice", f.Name)
		}
		entries[f.Name] = f
		if dir, ok := strings.CutSuffix(f.Name, "/data.pkl"); ok && !strings.Contains(dir, "/") {
			if root != "" {
				return nil, errors.New("holds two files data.pkl")
			}
			root = dir
		}
	}
	if root == "" {
		return nil, errors.New("holds no data.pkl")
	}
	stored := func(name string) ([]byte, error) {
		f := entries[root+"/"+name]
		if f == nil {
			return nil, fmt.Errorf("entry %.100q is missing", name)
		}
		if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 || f.Flags&1 != 0 {
			return nil, fault.New(fault.Unsupported, "entry %.100q is compressed or encrypted, which torch.save does not do", name)
		}
		at, err := f.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("entry %.100q: %w", name, err)
		}
		size := uint64(len(file))
		if at < 0 || uint64(at) > size || f.UncompressedSize64 > size-uint64(at) {
			return nil, fmt.Errorf("entry %.100q is cut short", name)
		}
		return file[at : uint64(at)+f.UncompressedSize64], nil
	}
	if entries[root+"/byteorder"] != nil {
		order, err := stored("byteorder")
		if err != nil {
			return nil, err
		}
		if string(order) != "little" {
			return nil, fault.New(fault.Unsupported, "has the byte order %.20q; only little is supported", order)
		}
	}
	program, err := stored("data.pkl")
	if err != nil {
		return nil, err
	}
	found := storages{}
	value, _, err := unpickle(program, found.load)
	if err != nil {
		return nil, fmt.Errorf("data.pkl %w", err)
	}
	c := &contents{data: make(map[*storage][]byte, len(found))}
	if c.tensors, err = stateDict(value); err != nil {
		return nil, err
	}
	for key, s := range found {
		data, err := stored("data/" + key)
		if err != nil {
			return nil, err
		}
		if len(data) < s.size() {
			return nil, fmt.Errorf("storage %.40q has %d bytes, %d are wanted", key, len(data), s.size())
		}
		c.data[s] = data[:s.size():s.size()]
	}
	return c, nil
}

// The start of the older container, as torch names it.
const (
	streamProtocol = 1001
	streamMagic    = "119547037146038801333356" // 0x1950a86a20f9469cfc6c
)

// parseStream reads the container before torch 1.6: five pickles (magic number, protocol, system information, the state
// dict, the keys of the storages), then for each key the number of elements and the bytes.
func parseStream(file []byte) (*contents, error) {
	pos := 0
	noStorage := func(any) (any, error) { return nil, errors.New("a persistent id where none belongs") }
	next := func(what string, load func(any) (any, error)) (any, error) {
		v, n, err := unpickle(file[pos:], load)
		if err != nil {
			return nil, fmt.Errorf("%s %w", what, err)
		}
		pos += n
		return v, nil
	}
	magic, err := next("the magic number", noStorage)
	if err != nil {
		return nil, err
	}
	if n, ok := magic.(*big.Int); !ok || n.String() != streamMagic {
		return nil, errors.New("is a pickle, but not one of torch.save")
	}
	protocol, err := next("the protocol", noStorage)
	if err != nil {
		return nil, err
	}
	if protocol != any(int64(streamProtocol)) {
		return nil, fault.New(fault.Unsupported, "has the container version %v", protocol)
	}
	if err := littleEndianSystem(next("the system information", noStorage)); err != nil {
		return nil, err
	}
	found := storages{}
	value, err := next("the state dict", found.load)
	if err != nil {
		return nil, err
	}
	c := &contents{data: make(map[*storage][]byte, len(found))}
	if c.tensors, err = stateDict(value); err != nil {
		return nil, err
	}
	keys, err := next("the storage keys", noStorage)
	if err != nil {
		return nil, err
	}
	order, ok := keys.(*list)
	if !ok {
		return nil, errors.New("the storage keys are no list")
	}
	for _, item := range order.items {
		key, _ := item.(string)
		s := found[key]
		if s == nil || c.data[s] != nil {
			return nil, fmt.Errorf("storage %.40q is not wanted, or there twice", key)
		}
		const head = 8
		if len(file)-pos < head+s.size() {
			return nil, fmt.Errorf("storage %.40q is cut short", key)
		}
		if n := binary.LittleEndian.Uint64(file[pos:]); n != uint64(s.numel) { //nolint:gosec // checked not to be negative
			return nil, fmt.Errorf("storage %.40q has %d elements, %d are wanted", key, n, s.numel)
		}
		pos += head
		c.data[s] = file[pos : pos+s.size() : pos+s.size()]
		pos += s.size()
	}
	if len(c.data) != len(found) {
		return nil, fmt.Errorf("%d of %d storages are missing", len(found)-len(c.data), len(found))
	}
	return c, nil
}

// littleEndianSystem checks the system information: {"little_endian": True, …}.
func littleEndianSystem(v any, err error) error {
	if err != nil {
		return err
	}
	d, ok := v.(*dict)
	if !ok {
		return errors.New("the system information is no dict")
	}
	for _, pair := range d.pairs {
		if pair[0] == any("little_endian") && pair[1] != any(true) {
			return fault.New(fault.Unsupported, "was saved on a big-endian machine, which is not supported")
		}
	}
	return nil
}
