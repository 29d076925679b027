package graph

// Cut makes two graphs of one: the first computes the outputs declared among the first n nodes, the second the others.
// Behind its own outputs, the first gives the values that the second needs of it, which the second takes behind its own
// inputs, in the same order; kept is their number.
//
// The halves of a training step meet where gradients begin. Apart, a batch can be computed in parts, each with its
// intermediate values in the processor's caches, although the loss must see all parts before any gradient can start.
//
// Views of values the second half makes itself: an output of a graph is memory of its own, so that a view would be copied.
// Sizes that only the second half asks for are computed in the first: not every value need be kept for its shape. A number
// that is needed in half precision, too, is handed over once: in half where both can be made of that, else in full.
func (b *Builder) Cut(n int) (first, second *Model, kept int) {
	c := cutter{b: b, n: n, maker: map[string]int{}, inFirst: make([]bool, len(b.g.Nodes)), inSecond: make([]bool, len(b.g.Nodes))}
	for i, node := range b.g.Nodes {
		c.inFirst[i] = i < n
		for _, name := range node.Outputs {
			c.maker[name] = i
		}
	}
	c.moveSizes()
	var own, others []ValueInfo
	for _, o := range b.g.Outputs {
		if c.maker[o.Name] < n {
			own = append(own, o)
		} else {
			others = append(others, o)
			c.need(o.Name)
		}
	}
	c.recast()
	return c.half(c.inFirst, nil, append(own, c.crossing...)), c.half(c.inSecond, c.crossing, others), len(c.crossing)
}

// cutter finds out which half needs what.
type cutter struct {
	b                 *Builder
	n                 int
	maker             map[string]int // the node that makes a value
	inFirst, inSecond []bool         // by node; a view may be in both
	crossing          []ValueInfo
	crosses           map[string]bool
}

// moveSizes puts integers that the first half can compute there.
func (c *cutter) moveSizes() {
	for i := c.n; i < len(c.b.g.Nodes); i++ {
		node := c.b.g.Nodes[i]
		if c.b.types[node.Outputs[0]].dtype != Int64 {
			continue
		}
		known := true
		for _, name := range node.Inputs {
			if at, made := c.maker[name]; made && !c.inFirst[at] || !made && c.late(name) {
				known = false
			}
		}
		c.inFirst[i] = known
	}
}

// late tells whether an input of the graph was declared for the second half.
func (c *cutter) late(name string) bool {
	at, ok := c.b.inputs[name]
	return ok && at >= c.n
}

// need marks what the second half computes for a value.
func (c *cutter) need(name string) {
	at, made := c.maker[name]
	switch {
	case !made || c.inSecond[at] || c.crosses[name]:
	case c.inFirst[at] && !view(c.b.g.Nodes[at]) && !c.widens(c.b.g.Nodes[at]):
		if c.crosses == nil {
			c.crosses = map[string]bool{}
		}
		c.crosses[name] = true
		v := c.b.types[name]
		c.crossing = append(c.crossing, ValueInfo{Name: name, Type: v.dtype, Dims: v.dims})
	default:
		c.inSecond[at] = true
		for _, in := range c.b.g.Nodes[at].Inputs {
			c.need(in)
		}
	}
}

// widens tells whether a node makes float32 of half precision: it loses nothing, and what is handed over is half as large.
func (c *cutter) widens(n node) bool {
	return n.Op == "Cast" && c.b.types[n.Inputs[0]].dtype == Float16 && c.b.types[n.Outputs[0]].dtype == Float
}

// recast lets the second half round to half precision itself what it has in full: what crosses, and the graph's inputs.
func (c *cutter) recast() {
	kept := c.crossing[:0]
	for _, v := range c.crossing {
		at := c.maker[v.Name]
		if node := c.b.g.Nodes[at]; v.Type == Float16 && node.Op == "Cast" {
			_, given := c.b.inputs[node.Inputs[0]]
			if given || c.crosses[node.Inputs[0]] {
				c.inSecond[at] = true
				continue
			}
		}
		kept = append(kept, v)
	}
	c.crossing = kept
}

// view tells whether a node's result is its operand's memory.
func view(n node) bool {
	return n.Op == "Reshape" || n.Op == "Unsqueeze" || n.Op == "Identity"
}

// half picks nodes, in their order, and what they use.
func (c *cutter) half(in []bool, given, outputs []ValueInfo) *Model {
	g := Model{Name: c.b.g.Name, Outputs: outputs}
	used := map[string]bool{}
	for i, node := range c.b.g.Nodes {
		if !in[i] {
			continue
		}
		g.Nodes = append(g.Nodes, node)
		for _, name := range node.Inputs {
			used[name] = true
		}
	}
	g.Initializers = keepUsed(c.b.g.Initializers, used)
	for _, v := range c.b.g.Inputs {
		if used[v.Name] {
			g.Inputs = append(g.Inputs, v)
		}
	}
	g.Inputs = append(g.Inputs, given...)
	return &g
}
