package torchfile

import "errors"

// This file holds the part of the pickle machine that builds lists, tuples and dicts on its stack.

var errStack = errors.New("takes more from the stack than is there")

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

// top is the top of the stack, or a mark where it is empty: no opcode takes that for a value.
func (m *machine) top() any {
	if len(m.stack) == 0 {
		return mark{}
	}
	return m.stack[len(m.stack)-1]
}

func (m *machine) pop() (any, error) {
	items, err := m.popN(1)
	if err != nil {
		return nil, err
	}
	return items[0], nil
}

// popN takes n values; a mark is none. The slice is valid until the next push.
func (m *machine) popN(n int) ([]any, error) {
	at := len(m.stack) - n
	if at < 0 {
		return nil, errStack
	}
	items := m.stack[at:]
	for _, v := range items {
		if _, isMark := v.(mark); isMark {
			return nil, errStack
		}
	}
	m.stack = m.stack[:at]
	return items, nil
}

// popMark takes the values above the topmost mark, and the mark.
func (m *machine) popMark() ([]any, error) {
	for i := len(m.stack) - 1; i >= 0; i-- {
		if _, isMark := m.stack[i].(mark); isMark {
			items := m.stack[i+1:]
			m.stack = m.stack[:i]
			return items, nil
		}
	}
	return nil, errStack
}

// build runs the opcodes of containers, of the stack itself and of the memo.
func (m *machine) build(op byte) (handled bool, err error) {
	switch op {
	case opProto:
		_, err = m.take(1) // the opcodes of all versions are distinct
	case opFrame:
		_, err = m.take(8) // frames only help to read ahead
	case opMark:
		m.push(mark{})
	case opPop:
		if len(m.stack) == 0 {
			return true, errStack
		}
		m.stack = m.stack[:len(m.stack)-1] // Python pops a mark too
	case opPopMark:
		_, err = m.popMark()
	case opDup:
		var v any
		if v, err = m.pop(); err == nil {
			m.stack = append(m.stack, v, v)
		}
	case opEmptyTuple, opTuple1, opTuple2, opTuple3, opTuple, opEmptyList, opEmptyDict:
		err = m.container(op)
	case opAppend, opAppends, opSetItem, opSetItems:
		err = m.fill(op)
	case opBinPut, opLongBinPut, opMemo, opBinGet, opLongBinGet:
		err = m.remember(op)
	default:
		return false, nil
	}
	return true, err
}

// container pushes a new tuple, list or dict.
func (m *machine) container(op byte) error {
	var items []any
	var err error
	switch op {
	case opTuple1, opTuple2, opTuple3:
		items, err = m.popN(int(op-opTuple1) + 1)
	case opTuple:
		items, err = m.popMark()
	}
	if err != nil {
		return err
	}
	switch op {
	case opEmptyList:
		m.push(&list{})
	case opEmptyDict:
		m.push(&dict{})
	default:
		m.push(append(tuple(nil), items...))
	}
	return nil
}

// fill appends to the list, or adds to the dict, below the items.
func (m *machine) fill(op byte) error {
	var items []any
	var err error
	switch op {
	case opAppend:
		items, err = m.popN(1)
	case opSetItem:
		items, err = m.popN(2)
	default:
		items, err = m.popMark()
	}
	if err != nil {
		return err
	}
	if op == opAppend || op == opAppends {
		l, ok := m.top().(*list)
		if !ok {
			return errors.New("appends to " + typeName(m.top()))
		}
		l.items = append(l.items, items...)
		return nil
	}
	d, ok := m.top().(*dict)
	if !ok {
		return errors.New("sets items of " + typeName(m.top()))
	}
	return d.add(items)
}

// add adds keys and values, in turn.
func (d *dict) add(items []any) error {
	if len(items)%2 != 0 {
		return errors.New("a dict with a key without a value")
	}
	for i := 0; i < len(items); i += 2 {
		d.pairs = append(d.pairs, [2]any{items[i], items[i+1]})
	}
	return nil
}

// remember stores the top of the stack in the memo, or pushes what is stored there.
func (m *machine) remember(op byte) error {
	var key int
	var err error
	switch op {
	case opMemo:
		key = len(m.memo)
	case opBinPut, opBinGet:
		key, err = m.length(1)
	case opLongBinPut, opLongBinGet:
		key, err = m.length(4)
	}
	if err != nil {
		return err
	}
	if op == opBinGet || op == opLongBinGet {
		v, ok := m.memo[key]
		if !ok {
			return errors.New("recalls what was not stored")
		}
		m.push(v)
		return nil
	}
	v := m.top()
	if _, empty := v.(mark); empty {
		return errStack
	}
	m.memo[key] = v
	return nil
}
