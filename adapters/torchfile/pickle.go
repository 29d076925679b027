package torchfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"loradex/internal/fault"
)

// Bounds of one pickle. The state dict of a model with 100 layers takes some 500 kB and 100,000 operations.
const (
	maxPickle = 16 << 20
	maxOps    = 1 << 20
)

// The values of a pickle, besides nil, bool, int64, float64, string and *big.Int. Lists and dicts are pointers: the
// memo hands the same one out again.
type (
	tuple []any
	list  struct{ items []any }
	// dict keeps its pairs in order. A later pair of a key counts more than an earlier one.
	dict struct{ pairs [][2]any }
	// global is a name of Python's; only the reduce table gives it a meaning.
	global string
	// mark separates the items of a list, tuple or dict on the stack.
	mark struct{}
)

// opcodes of the pickle protocols 1 to 4, as far as torch.save writes them. Those of protocol 0 alone are left out: it names
// storages by an opcode that is not read.
const (
	opMark, opStop, opPop, opPopMark, opDup                          = '(', '.', '0', '1', '2'
	opInt, opBinInt, opBinInt1, opBinInt2, opLong, opNone            = 'I', 'J', 'K', 'M', 'L', 'N'
	opBinPersID, opReduce, opBinString, opShortBinString             = 'Q', 'R', 'T', 'U'
	opBinUnicode, opAppend, opBuild, opGlobal                        = 'X', 'a', 'b', 'c'
	opEmptyDict, opAppends, opBinGet, opLongBinGet                   = '}', 'e', 'h', 'j'
	opEmptyList, opBinPut, opLongBinPut                              = ']', 'q', 'r'
	opSetItem, opTuple, opEmptyTuple, opSetItems, opBinFloat         = 's', 't', ')', 'u', 'G'
	opProto, opTuple1, opTuple2, opTuple3, opNewTrue, opNewFalse     = 0x80, 0x85, 0x86, 0x87, 0x88, 0x89
	opLong1, opLong4, opBinBytes, opShortBinBytes                    = 0x8a, 0x8b, 'B', 'C'
	opShortBinUnicode, opBinUnicode8, opStackGlobal, opMemo, opFrame = 0x8c, 0x8d, 0x93, 0x94, 0x95
)

// machine runs one pickle.
type machine struct {
	data  []byte
	pos   int
	stack []any
	memo  map[int]any
	// persistent gives storages their meaning: the id that a pickle of torch.save holds in place of the bytes.
	persistent func(id any) (any, error)
}

var errShort = errors.New("ends in the middle")

// unpickle runs the pickle at the start of data and returns its value and its length. Values made of lists and dicts
// may contain themselves: nothing here or above walks them without a bound.
func unpickle(data []byte, persistent func(any) (any, error)) (value any, size int, err error) {
	m := &machine{data: data[:min(len(data), maxPickle)], memo: map[int]any{}, persistent: persistent}
	for range maxOps {
		op, err := m.byte()
		if err != nil {
			return nil, 0, err
		}
		if op == opStop {
			value, err := m.pop()
			return value, m.pos, err
		}
		if err := m.step(op); err != nil {
			return nil, 0, fmt.Errorf("at byte %d: %w", m.pos, err)
		}
	}
	return nil, 0, fmt.Errorf("runs over %d operations", maxOps)
}

// step runs one opcode.
func (m *machine) step(op byte) error {
	if handled, err := m.constant(op); handled || err != nil {
		return err
	}
	if handled, err := m.build(op); handled || err != nil {
		return err
	}
	switch op {
	case opGlobal:
		module, err := m.line()
		if err != nil {
			return err
		}
		name, err := m.line()
		if err != nil {
			return err
		}
		return m.pushGlobal(module, name)
	case opStackGlobal:
		parts, err := m.popN(2)
		if err != nil {
			return err
		}
		module, ok1 := parts[0].(string)
		name, ok2 := parts[1].(string)
		if !ok1 || !ok2 {
			return errors.New("a global without a name")
		}
		return m.pushGlobal(module, name)
	case opBinPersID:
		id, err := m.pop()
		if err != nil {
			return err
		}
		v, err := m.persistent(id)
		m.push(v)
		return err
	case opReduce:
		parts, err := m.popN(2)
		if err != nil {
			return err
		}
		v, err := reduce(parts[0], parts[1])
		m.push(v)
		return err
	case opBuild:
		// Sets attributes of an object. A state dict is an OrderedDict with one attribute, _metadata, which says
		// nothing about values; it is dropped.
		if _, err := m.pop(); err != nil {
			return err
		}
		if _, ok := m.top().(*dict); !ok {
			return fault.New(fault.Unsupported, "sets attributes of %s, which a state dict does not do", typeName(m.top()))
		}
		return nil
	}
	return fault.New(fault.Unsupported, "uses pickle opcode %q (0x%02x), which a state dict does not need", rune(op), op)
}

// pushGlobal admits the globals of the table and refuses all others, before anything could be done with them.
func (m *machine) pushGlobal(module, name string) error {
	g := global(module + "." + name)
	_, isFunction := functions[g]
	_, isStorage := storageTypes[g]
	if !isFunction && !isStorage {
		return fault.New(fault.Unsupported, "names %.100q, which is not part of a state dict", string(g)).
			WithHint("the file may run code when Python loads it; convert it to safetensors only if you trust it")
	}
	m.push(g)
	return nil
}

// constant runs the opcodes that push a plain value.
func (m *machine) constant(op byte) (handled bool, err error) {
	var v any
	switch op {
	case opNone:
	case opNewTrue, opNewFalse:
		v = op == opNewTrue
	case opBinInt1, opBinInt2, opBinInt:
		v, err = m.fixedInt(op)
	case opLong1, opLong4:
		v, err = m.bigInt(op)
	case opBinFloat:
		var b []byte
		if b, err = m.take(8); err == nil {
			v = math.Float64frombits(binary.BigEndian.Uint64(b))
		}
	case opInt, opLong:
		v, err = m.textNumber(op)
	case opBinUnicode, opBinString, opBinBytes:
		v, err = m.text(4)
	case opShortBinUnicode, opShortBinString, opShortBinBytes:
		v, err = m.text(1)
	case opBinUnicode8:
		v, err = m.text(8)
	default:
		return false, nil
	}
	if err == nil {
		m.push(v)
	}
	return true, err
}

// fixedInt reads an integer of 1, 2 or 4 bytes; only the last has a sign.
func (m *machine) fixedInt(op byte) (int64, error) {
	switch op {
	case opBinInt1:
		b, err := m.byte()
		return int64(b), err
	case opBinInt2:
		b, err := m.take(2)
		if err != nil {
			return 0, err
		}
		return int64(binary.LittleEndian.Uint16(b)), nil
	}
	b, err := m.take(4)
	if err != nil {
		return 0, err
	}
	return int64(int32(binary.LittleEndian.Uint32(b))), nil //nolint:gosec // two's complement is what the format means
}

// bigInt reads a little-endian two's complement integer: int64 where it fits, else *big.Int.
func (m *machine) bigInt(op byte) (any, error) {
	n, err := m.length(map[byte]int{opLong1: 1, opLong4: 4}[op])
	if err != nil {
		return nil, err
	}
	const longest = 64 // the longest that torch writes is its magic number, 10 bytes
	if n > longest {
		return nil, fmt.Errorf("an integer of %d bytes", n)
	}
	b, err := m.take(n)
	if err != nil {
		return nil, err
	}
	reversed := make([]byte, n)
	for i := range b {
		reversed[n-1-i] = b[i]
	}
	v := new(big.Int).SetBytes(reversed)
	if n > 0 && b[n-1]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*n))) //nolint:gosec // n is 1 to 64
	}
	if v.IsInt64() {
		return v.Int64(), nil
	}
	return v, nil
}

// textNumber reads an integer of protocol 1: a line of text.
func (m *machine) textNumber(op byte) (any, error) {
	s, err := m.line()
	if err != nil {
		return nil, err
	}
	if op == opInt && (s == "00" || s == "01") { // how it spells booleans
		return s == "01", nil
	}
	return strconv.ParseInt(strings.TrimSuffix(s, "L"), 10, 64)
}

func (m *machine) byte() (byte, error) {
	if m.pos >= len(m.data) {
		return 0, errShort
	}
	m.pos++
	return m.data[m.pos-1], nil
}

// take reads n bytes; they are a view of the data.
func (m *machine) take(n int) ([]byte, error) {
	if n < 0 || n > len(m.data)-m.pos {
		return nil, errShort
	}
	m.pos += n
	return m.data[m.pos-n : m.pos], nil
}

// length reads a little-endian length of the given width in bytes. Whatever it is, take compares it with the data.
func (m *machine) length(width int) (int, error) {
	b, err := m.take(width)
	if err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[:], b)
	n := binary.LittleEndian.Uint64(wide[:])
	if n > maxPickle {
		return 0, errShort
	}
	return int(n), nil
}

func (m *machine) text(width int) (string, error) {
	n, err := m.length(width)
	if err != nil {
		return "", err
	}
	b, err := m.take(n)
	return string(b), err
}

func (m *machine) line() (string, error) {
	n := bytes.IndexByte(m.data[m.pos:], '\n')
	if n < 0 {
		return "", errShort
	}
	b, err := m.take(n + 1)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(string(b[:n]), "\r"), nil
}

// typeName names a value for a message.
func typeName(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case global:
		return string(v)
	case *list:
		return "a list"
	case *dict:
		return "a dict"
	case tuple:
		return "a tuple"
	case *storage:
		return "a storage"
	case *tensor:
		return "a tensor"
	case mark:
		return "nothing"
	}
	return fmt.Sprintf("a value of type %T", v)
}
