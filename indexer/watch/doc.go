// Package watch follows a work tree and calls back when something in it has changed and come to rest. It knows nothing
// of indexes: what is followed is a [tree], which package gitrepo implements, and what happens then is the caller's.
//
//	err := watch.Follow(ctx, repo, watch.Options{}, func(ctx context.Context, u watch.Update) error {
//		_, err := indexer.Index(ctx, repo.Source(""), store, encoder, indexer.Options{})
//		return err
//	})
//
// The callback runs once at the start, when the tree is already being followed, so nothing is missed between the two.
// After that it runs whenever 200 ms have passed without a further change, or a second with them. A callback that takes
// long can end early when [Update].Changed is closed: it is called again soon.
//
// Folders are watched one by one, because that is what the systems offer. The tree lists them before each callback, so
// new ones are found, and it leaves out what is ignored. Where the system watches no more folders (the limit of inotify
// is reached) the tree is compared with what it was every few seconds, and [Options].Note says so.
package watch
