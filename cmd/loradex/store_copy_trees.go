package main

// This file copies every tree of an index, one after the other.

import (
	"context"

	"loradex/indexer"
	"loradex/internal/fault"
	"loradex/search/transfer"
	"loradex/workspace"
)

// copyTrees copies all trees. What several have in common is written once: the destination shares it as the source does.
func copyTrees(ctx context.Context, from, to workspace.Store, o transfer.Options) (transfer.Report, error) {
	var total transfer.Report
	trees, err := from.Trees(ctx)
	if err != nil {
		return total, err
	}
	if len(trees) == 0 { // an index that is only begun
		trees = []indexer.TreeState{{}}
	}
	for _, t := range trees {
		source, ok := from.In(t.Tree).(transfer.Source)
		if !ok {
			return total, fault.New(fault.Internal, "a store of type %T gives no vectors of texts", from)
		}
		destination, ok := to.Tree(t.Tree).(transfer.Destination)
		if !ok {
			return total, fault.New(fault.Internal, "a store of type %T cannot be read", to)
		}
		report, err := transfer.Copy(ctx, source, destination, o)
		total.Files += report.Files
		total.Copied += report.Copied
		total.Chunks += report.Chunks
		total.Vectors += report.Vectors
		if err != nil {
			if len(trees) > 1 {
				err = fault.Wrap(fault.CodeOf(err), err, "%s", t.Tree).WithHint("%s", fault.HintOf(err))
			}
			return total, err
		}
	}
	return total, nil
}
