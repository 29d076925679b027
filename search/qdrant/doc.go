// Package qdrant keeps an index in a Qdrant server, for indexes beyond one machine. It is a search.Backend
// over gRPC, and is held to search/storetest like every store.
//
//	store, err := qdrant.Open(ctx, ".loradex", qdrant.Options{Address: "127.0.0.1:6334"})
//	defer store.Close()
//	hits, err := store.Dense(ctx, space, vector, search.Filter{Languages: []string{"go"}}, 10, false)
//
// # What lies where
//
// An index has a name, for a repository the path of its index folder. The collections' names are made of it.
//
//	<prefix>-<name>               the head, files, chunks with their words as a sparse vector, cached chunk lists
//	<prefix>-<name>-space-<id>    an alias of the collection of a space: per chunk a dense and a sparse vector and what
//	                              filters ask about; per text its vector, which outlives the chunks
//
// # How a call is atomic
//
// The server writes points one by one. So chunks and files carry the generations from and to which they exist, and one
// point, the head, says which generation is the present one. A call writes everything for the next generation, where
// no search looks, and then replaces the head: that is the moment at which it counts. A search reads the head, filters
// by its generation, and reads the head again: where points of its generation were deleted meanwhile, it starts anew.
// What a killed call leaves behind is of a generation that never came; the next writer removes it.
//
// Vectors are not versioned: PutVectors adds them batch by batch. A killed call has stored some of them, and the next
// run finds the others pending.
//
// # Trees
//
// An index holds trees: work trees, branches, revisions, of one repository or several. A file has a point for each tree;
// its chunks have one for all of them, with the field version, which names path, content and rules, and for each tree two
// numbers: the generations from and to which the tree has it. So a call that gives a tree what another has only sets
// fields, and counts with the head like any other. An index of one tree is searched without asking for them. A tree that
// gets back what it left a few calls ago overwrites these numbers; the floor of the head is raised before, so that a
// search which still reads the old ones starts anew.
//
// # Writers
//
// One call writes at a time. It claims the head by replacing it on condition that it is unchanged. A second writer
// waits, and takes over where a claim has not moved for [Options].Lease: its owner is dead. One that was only slow finds
// its claim gone and fails with Conflict. This is a second line: who indexes a folder holds its lock file already.
//
// # Scores
//
// Dense is the dot product of unit vectors, computed by the server on the original vectors: quantised search rescores.
// Words are BM25: the term's part is in the stored sparse vector, the rest is the server's IDF modifier. Ties are
// broken here: the server does not say in which order it returns equal scores, so enough is fetched to see all that
// tie with the last hit. The IDF counts all chunks that the server has, so a few past generations sway it a little until
// they are deleted, and each shard counts its own.
//
// # What the server must promise
//
// One request on one point is atomic, and a write that was waited for is seen by every read after it. How durable an
// answered write is when the power fails is the server's matter. While the server moves points between segments, a
// search beside a writer may in theory miss one; the next search finds it.
package qdrant
