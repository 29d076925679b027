package train

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"loradex/adapters"
	"loradex/adapters/delta"
	"loradex/embed/arch"
	"loradex/embed/graph"
	"loradex/embed/model"
	"loradex/embed/runtime"
	"loradex/internal/fault"
)

// network is what is trained: the model, the layers that are adapted, and the leaves.
type network struct {
	m      *model.Model
	opts   Options
	method method
	loss   loss
	sites  map[string]delta.Site // adapted ones by path
	order  []string              // their paths, in the order of the computation
	list   []*leaf
	byName map[string]*leaf
	cut    int // blocks below it are computed once, apart; 0: none

	products graph.Products // how those of the encoder are computed
}

// logScale is the leaf of a learned temperature: the logarithm of 1/τ.
const logScale = "log_scale"

// newNetwork makes the leaves at their start, for training on a device. Options must have their defaults.
func newNetwork(m *model.Model, o Options, d runtime.Device) (*network, error) {
	n := &network{m: m, opts: o, products: o.products(d), sites: map[string]delta.Site{}, byName: map[string]*leaf{}}
	var err error
	if !o.Full {
		if n.method, err = methodNamed(o.Method); err != nil {
			return nil, err
		}
	}
	if n.loss, err = lossNamed(o.Loss.Kind); err != nil {
		return nil, err
	}
	for _, d := range o.Loss.Dims {
		if d > m.Config.HiddenSize {
			return nil, fault.New(fault.Invalid, "the loss wants %d dimensions, vectors have %d", d, m.Config.HiddenSize)
		}
	}
	sites, err := arch.Sites(&m.Model)
	if err != nil {
		return nil, err
	}
	if o.half() {
		if err := n.fitsHalf(); err != nil {
			return nil, err
		}
	}
	if o.Full {
		err = n.allWeights()
	} else {
		err = n.adapt(sites)
	}
	if err != nil {
		return nil, err
	}
	if o.Loss.LearnTemperature {
		n.add(leaf{Name: logScale, Shape: []int{1}, Data: []float32{float32(-math.Log(o.Loss.Temperature))}})
	}
	return n, nil
}

func (n *network) add(l leaf) {
	n.list = append(n.list, &l)
	n.byName[l.Name] = &l
}

// adapt makes the method's leaves for the targeted layers.
func (n *network) adapt(sites []delta.Site) error {
	lowest := n.m.Config.Layers
	for i, s := range sites {
		if !n.method.adapts(n.opts.Targets, s) || s.Block < n.opts.FirstLayer {
			continue
		}
		rng := rand.New(rand.NewPCG(n.opts.Seed, uint64(i))) //nolint:gosec // repeatable on purpose
		leaves, err := n.method.leaves(n.opts, s, func() ([]float32, error) {
			w, _, err := n.m.Weight(s.Path + ".weight")
			return w, err
		}, rng)
		if err != nil {
			return err
		}
		for _, l := range leaves {
			n.add(l)
		}
		n.sites[s.Path] = s
		n.order = append(n.order, s.Path)
		lowest = min(lowest, s.Block)
	}
	if len(n.order) == 0 {
		return fault.New(fault.Invalid, "no layer of model %s from block %d on is called %q", n.m.Name, n.opts.FirstLayer, n.opts.Targets).
			WithHint("targets are query, key, value, dense or all-linear")
	}
	if n.opts.CacheBytes > 0 {
		n.cut = lowest
	}
	return nil
}

// allWeights makes leaves of copies of the encoder's weights. Biases and normalisations, which have one axis, do not decay.
func (n *network) allWeights() error {
	for _, spec := range n.m.Config.Tensors() {
		name := spec.Name
		data, shape, err := n.m.Weight(name)
		if err != nil {
			return err
		}
		n.add(leaf{Name: name, Shape: shape, Data: slices.Clone(data), Decay: len(shape) > 1})
	}
	return nil
}

// params is the number of trained numbers.
func (n *network) params() int {
	sum := 0
	for _, l := range n.list {
		sum += len(l.Data)
	}
	return sum
}

// total is the number of parameters of the encoder itself.
func (n *network) total() int {
	sum := 0
	for _, spec := range n.m.Config.Tensors() {
		size := 1
		for _, d := range spec.Shape {
			size *= d
		}
		sum += size
	}
	return sum
}

// Inputs and outputs of the graphs.
const (
	queryVectors    = "q.vectors"  // [B,H]
	documentVectors = "d.vectors"  // [M,H]
	vectorGradients = "x.grad"     // [N,H]
	outputVectors   = "vectors"    // [N,H]
	lossScale       = "grad.scale" // [1]
)

// vectorsInput declares vectors as an input.
func (s *sketch) vectorsInput(name string) graph.Value {
	return s.Input(name, graph.Float, graph.Dyn(name+".rows"), graph.Fix(s.n.m.Config.HiddenSize))
}

// halves are the two graphs of a part of a batch: the texts' vectors, and, once the loss of the whole batch has given the
// gradients of those, the leaves' gradients.
func (n *network) halves(full bool) (forward, back *graph.Model, kept int, err error) {
	s := n.sketch(true, full)
	v, err := s.vectors()
	if err != nil {
		return nil, nil, 0, err
	}
	s.Output(outputVectors, v, v.Dims()...)
	border := s.Nodes()
	// The gradient of Σ v∘dv by v is dv. The sum itself is not asked for, and no node of it remains.
	dv := s.vectorsInput(vectorGradients)
	if err := s.gradients(s.Sum(s.Sum(s.Mul(v, dv), 1, false), 0, true), nil, nil); err != nil {
		return nil, nil, 0, err
	}
	forward, back, kept = s.Cut(border)
	return forward, back, kept, nil
}

// lossGraph is the loss of vectors, and their gradients, all in float32. In half precision the gradients are multiplied by
// an input: whatever is computed of them later is larger by so much.
func (n *network) lossGraph() (*sketch, error) {
	s := n.sketch(true, false)
	s.SetProducts(graph.InFull)
	q, d := s.vectorsInput(queryVectors), s.vectorsInput(documentVectors)
	vectors, names := []graph.Value{q, d}, []string{gradPrefix + queryVectors, gradPrefix + documentVectors}
	if n.opts.Side == adapters.SideQuery {
		vectors, names = vectors[:1], names[:1]
	}
	loss := n.loss.build(s, q, d)
	s.Output("loss", loss, graph.Fix(1))
	if n.opts.half() {
		loss = s.Mul(loss, s.Input(lossScale, graph.Float, graph.Fix(1)))
	}
	return s, s.gradients(loss, vectors, names)
}

// gradients adds the gradients of values, under the given names, and of the leaves in use, as outputs.
func (s *sketch) gradients(loss graph.Value, values []graph.Value, names []string) error {
	for _, name := range slices.Sorted(maps.Keys(s.leaves)) {
		values, names = append(values, s.leaves[name]), append(names, gradPrefix+name)
	}
	grads, err := s.Gradients(loss, values)
	if err != nil {
		return err
	}
	for i, g := range grads {
		s.Output(names[i], g, values[i].Dims()...)
	}
	return nil
}

// encodeGraph gives vectors without dropout.
func (n *network) encodeGraph(p graph.Products) (*sketch, error) {
	s := n.sketch(false, false)
	s.SetProducts(p)
	v, err := s.vectors()
	if err != nil {
		return nil, err
	}
	s.Output(outputVectors, v, v.Dims()...)
	return s, nil
}

// frozenGraph gives the output of the blocks that nothing trained lies in.
func (n *network) frozenGraph() (*sketch, error) {
	s := n.sketch(false, false)
	x, err := s.frozen()
	if err != nil {
		return nil, err
	}
	s.Output(inputHidden, x, x.Dims()...)
	return s, nil
}

// gradPrefix stands before the name of a leaf in the name of its gradient.
const gradPrefix = "grad."
