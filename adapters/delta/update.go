package delta

import (
	"fmt"
	"slices"
	"strings"
)

// Update is what one adapter does to one site: the formula of the package's documentation. Slices may alias a mapped file:
// never write to them.
type Update struct {
	Site     string    // path
	In, Out  int       // of the site; In is 0 where nothing of the update says it
	Branches []Branch  // k
	Inputs   []float32 // t, [In]: factors of what W reads
	Outputs  []float32 // s, [Out]: factors of what the layer gives, its own bias included
	// Lengths are what the rows of the merged weight W + Σ c·B·A are scaled to, [Out]. The formula has no place for them:
	// preparing an update makes Rows of them.
	Lengths []float32
	// Gains are the whole trained weight of a normalisation, [Out]. Preparing an update makes Rows of them, too: Gains / W.
	Gains []float32
	Rows  []float32 // ρ, [Out]: factors of the rows of the merged weight
	// Projected is a branch whose matrices all layers share. Preparing an update makes Branches of it.
	Projected *Projected
	Shift     []float32 // d, [Out]
	// Whole says that Shift is the layer's whole trained bias, as PEFT saves it, and not what is added to it: d is then
	// Shift − b.
	Whole bool
}

// Branch is c·(B σ(A x + a) + b).
type Branch struct {
	Rank  int
	A     []float32 // [Rank, In] row-major, as torch stores the first layer
	ABias []float32 // a, [Rank]; nil: none
	Act   string    // σ, by the names of embed/arch ("relu"); "" is the identity
	B     []float32 // [Out, Rank] row-major
	BBias []float32 // b, [Out]; nil: none
	Scale float32   // c
}

// Projected is up∘B (down∘A x), with the first In columns of A and the first Out rows of B, which are as large as the largest layer
// that has them.
type Projected struct {
	Rank     int
	A        []float32 // [Rank, n] with n ≥ In
	B        []float32 // [m, Rank] with m ≥ Out
	Down, Up []float32 // [Rank] and [Out]: the layer's own
}

// Weight is the weight of a layer.
type Weight struct {
	Values []float32 // [Out,In], row-major
	// Norms are the lengths of its rows, [Out], where Values were rounded and the lengths were kept; nil: those of Values.
	Norms []float32
}

// Rank is the sum of the branches' ranks, shared ones among them.
func (u Update) Rank() int {
	r := 0
	for _, b := range u.Branches {
		r += b.Rank
	}
	if u.Projected != nil {
		r += u.Projected.Rank
	}
	return r
}

// tensor is one of the parts of an update that hold numbers.
type tensor struct {
	Name   string
	Shape  []int // nil for what is no tensor of a file but follows from its configuration
	Values []float32
}

// Tensors lists all that is not nil, in the order of digests, which is that of their first version: the first branch, the
// shift, its scale, the lengths; then what came later.
func (u Update) Tensors() []tensor {
	var first Branch
	if len(u.Branches) > 0 {
		first = u.Branches[0]
	}
	list := []tensor{
		{"lora_A", []int{first.Rank, u.In}, first.A},
		{"lora_B", []int{u.Out, first.Rank}, first.B},
		{"bias", []int{u.Out}, u.Shift},
		{"scale", nil, []float32{first.Scale}},
		{"magnitude", []int{u.Out}, u.Lengths},
		{"lora_A bias", []int{first.Rank}, first.ABias},
		{"lora_B bias", []int{u.Out}, first.BBias},
	}
	for i := 1; i < len(u.Branches); i++ {
		b, n := u.Branches[i], fmt.Sprint(" ", i)
		list = append(list, tensor{"lora_A" + n, []int{b.Rank, u.In}, b.A}, tensor{"lora_B" + n, []int{u.Out, b.Rank}, b.B},
			tensor{"scale" + n, nil, []float32{b.Scale}}, tensor{"lora_A bias" + n, []int{b.Rank}, b.ABias}, tensor{"lora_B bias" + n, []int{u.Out}, b.BBias})
	}
	list = append(list, tensor{"input factors", []int{u.In}, u.Inputs}, tensor{"output factors", []int{u.Out}, u.Outputs}, tensor{"row factors", []int{u.Out}, u.Rows},
		tensor{"gains", []int{u.Out}, u.Gains})
	if p := u.Projected; p != nil {
		list = append(list, tensor{"shared A", []int{p.Rank, len(p.A) / max(p.Rank, 1)}, p.A}, tensor{"shared B", []int{len(p.B) / max(p.Rank, 1), p.Rank}, p.B},
			tensor{"down factors", []int{p.Rank}, p.Down}, tensor{"up factors", []int{u.Out}, p.Up})
	}
	return slices.DeleteFunc(list, func(t tensor) bool { return t.Values == nil })
}

// Params is the number of stored numbers.
func (u Update) Params() int {
	n := 0
	for _, t := range u.Tensors() {
		if t.Shape != nil {
			n += len(t.Values)
		}
	}
	if p := u.Projected; p != nil { // they are not this layer's alone
		n -= len(p.A) + len(p.B)
	}
	return n
}

// Form is what a digest must know of an update beside its tensors, its sizes and its first rank and scale: "" for the one
// branch and the whole bias that the first digests knew. It names what else there is, so that a part that comes to this
// package later changes no digest of an update that lacks it.
func (u Update) Form() string {
	var parts []string
	for i, b := range u.Branches {
		if b.Act != "" || i > 0 {
			parts = append(parts, fmt.Sprintf("branch %d %d %s", i, b.Rank, b.Act))
		}
	}
	known := map[string]bool{"lora_A": true, "lora_B": true, "scale": true, "magnitude": true, "bias": u.Whole}
	for _, t := range u.Tensors() {
		if !known[t.Name] {
			parts = append(parts, fmt.Sprint(t.Name, " ", len(t.Values)))
		}
	}
	return strings.Join(parts, ",")
}

// Malformed says what the update's parts contradict in each other; "" where they fit. Lengths are checked here, because an
// update can be made by hand.
func (u Update) Malformed() string {
	for _, t := range u.Tensors() {
		want := 1
		for _, n := range t.Shape {
			want *= n
		}
		if len(t.Values) != want {
			return fmt.Sprintf("%s holds %d numbers, where ranks and sizes (%d → %d) want %d", t.Name, len(t.Values), u.In, u.Out, want)
		}
	}
	for _, b := range u.Branches {
		if b.Rank < 1 || b.A == nil || b.B == nil {
			return fmt.Sprintf("a branch of rank %d has %d and %d numbers", b.Rank, len(b.A), len(b.B))
		}
	}
	if p := u.Projected; p != nil && (p.Rank < 1 || len(p.A)/p.Rank < u.In || len(p.B)/p.Rank < u.Out || p.Down == nil || p.Up == nil) {
		return fmt.Sprintf("shared matrices of rank %d and %d and %d numbers are too small for %d → %d", p.Rank, len(p.A), len(p.B), u.In, u.Out)
	}
	if u.Lengths != nil && len(u.Branches) == 0 {
		return "there is a magnitude and no low-rank update"
	}
	return ""
}

// zero says whether the branch adds nothing, whatever it reads. It stops at the first number that is not zero.
func (b Branch) zero() bool {
	notZero := func(v float32) bool { return v != 0 }
	plain := b.Act == "" && b.ABias == nil
	return b.Scale == 0 || !slices.ContainsFunc(b.BBias, notZero) &&
		(!slices.ContainsFunc(b.B, notZero) || plain && !slices.ContainsFunc(b.A, notZero))
}

// rounding is how far from 1 the rows of an update are whose lengths are those of the layer's own rows: they differ by the
// rounding of two sums alone.
const rounding = 1e-5

// Acts says whether the update can change what the site gives. Lengths and gains count: whether they are just those of the layer's
// own weight, only who has the weight can tell.
func (u Update) Acts(s Site) bool {
	notOne, notZero := func(v float32) bool { return v != 1 }, func(v float32) bool { return v != 0 }
	switch {
	case u.Lengths != nil, u.Gains != nil, u.Projected != nil && slices.ContainsFunc(u.Projected.Up, notZero), slices.ContainsFunc(u.Rows, func(v float32) bool { return v < 1-rounding || v > 1+rounding }), slices.ContainsFunc(u.Branches, func(b Branch) bool { return !b.zero() }),
		slices.ContainsFunc(u.Inputs, notOne), slices.ContainsFunc(u.Outputs, notOne):
		return true
	case u.Whole:
		return s.Bias == nil || !slices.Equal(u.Shift, s.Bias)
	}
	return slices.ContainsFunc(u.Shift, notZero)
}

// ShiftAlone says that the update is a change of the bias and nothing else, or nothing at all.
func (u Update) ShiftAlone() bool {
	return u.Gains == nil && u.FitsNorm() && u.Outputs == nil && u.Rows == nil
}

// FitsNorm says that the update has nothing that a normalisation cannot take: it is factors of its output, or its weight and bias.
func (u Update) FitsNorm() bool {
	return len(u.Branches) == 0 && u.Projected == nil && u.Inputs == nil && u.Lengths == nil
}

// With lays the parts that a method has prepared over an update: a part that is there takes the place of the update's own, and
// rows that of the lengths.
func (u Update) With(made Update) Update {
	if made.Branches != nil {
		u.Branches, u.Projected = made.Branches, nil
	}
	if made.Rows != nil {
		u.Rows, u.Lengths, u.Gains = made.Rows, nil, nil
	}
	for _, f := range []struct{ own, made *[]float32 }{{&u.Inputs, &made.Inputs}, {&u.Outputs, &made.Outputs}} {
		if *f.made != nil {
			*f.own = *f.made
		}
	}
	if made.Shift != nil {
		u.Shift, u.Whole = made.Shift, made.Whole
	}
	return u
}
