// Package route finds the way of a parcel between depots.
package route

import (
	"container/heap"
	"math"
)

// Edge leads to a depot and costs minutes.
type Edge struct {
	To   int
	Cost float64
}

type item struct {
	node int
	dist float64
}

type queue []item

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].dist < q[j].dist }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(item)) }
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// ShortestPath is Dijkstra's algorithm: the cheapest cost from one depot to every other.
func ShortestPath(graph [][]Edge, from int) []float64 {
	dist := make([]float64, len(graph))
	for i := range dist {
		dist[i] = math.Inf(1)
	}
	dist[from] = 0
	q := &queue{{from, 0}}
	for q.Len() > 0 {
		at := heap.Pop(q).(item)
		for _, e := range graph[at.node] {
			if d := at.dist + e.Cost; d < dist[e.To] {
				dist[e.To] = d
				heap.Push(q, item{e.To, d})
			}
		}
	}
	return dist
}

// TopologicalOrder sorts tasks so that each comes after those it depends on; a cycle gives false.
func TopologicalOrder(needs [][]int) ([]int, bool) {
	degree := make([]int, len(needs))
	after := make([][]int, len(needs))
	for task, list := range needs {
		degree[task] = len(list)
		for _, n := range list {
			after[n] = append(after[n], task)
		}
	}
	var order []int
	for task, d := range degree {
		if d == 0 {
			order = append(order, task)
		}
	}
	for i := 0; i < len(order); i++ {
		for _, next := range after[order[i]] {
			if degree[next]--; degree[next] == 0 {
				order = append(order, next)
			}
		}
	}
	return order, len(order) == len(needs)
}

// GreatCircle is the distance in kilometres between two places on the globe by the haversine formula.
func GreatCircle(lat1, lon1, lat2, lon2 float64) float64 {
	const radius = 6371
	rad := math.Pi / 180
	a := math.Pow(math.Sin((lat2-lat1)*rad/2), 2) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*math.Pow(math.Sin((lon2-lon1)*rad/2), 2)
	return 2 * radius * math.Asin(math.Sqrt(a))
}

// Components labels each depot with the connected part of the network that it lies in.
func Components(graph [][]Edge) []int {
	label := make([]int, len(graph))
	next := 0
	var visit func(node int)
	visit = func(node int) {
		label[node] = next
		for _, e := range graph[node] {
			if label[e.To] == 0 {
				visit(e.To)
			}
		}
	}
	for node := range graph {
		if label[node] == 0 {
			next++
			visit(node)
		}
	}
	return label
}
