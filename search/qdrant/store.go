package qdrant

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	client "github.com/qdrant/go-client/qdrant"

	"loradex/internal/fault"
	"loradex/search"
)

// store is an open index. It is safe for concurrent use; other processes may use the same index.
type store struct {
	opts   Options
	main   string // the main collection
	client *client.Client

	writing chan struct{} // holds one token while a call writes

	catalog atomic.Pointer[catalog]
	pending atomic.Pointer[pendingList]
}

// connect makes the store of a name. It asks the server nothing yet.
func connect(name string, o Options) (*store, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	c, err := dial(o)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "connect to Qdrant at %s", o.Address)
	}
	return &store{opts: o, main: collectionName(o.Prefix, name), client: c, writing: make(chan struct{}, 1)}, nil
}

// Open opens the index of a name, and makes it where there is none. For a repository the name is the path of its index
// folder. NotFound where Options.ReadOnly asks for an existing one; Unavailable where the server does not answer;
// Unsupported for a server that is too old or an index of a newer format.
func Open(ctx context.Context, name string, o Options) (search.Backend, error) {
	s, err := connect(name, o)
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(s.explain(ctx, err, "open "+s.main), s.Close())
	}
	return s, nil
}

func (s *store) open(ctx context.Context) error {
	reply, err := s.client.HealthCheck(ctx)
	if err != nil {
		return err
	}
	if err := checkVersion(reply.GetVersion()); err != nil {
		return err
	}
	there, err := s.client.CollectionExists(ctx, s.main)
	if err != nil {
		return err
	}
	if there {
		_, err := s.readHead(ctx)
		if fault.CodeOf(err) != fault.NotFound || s.opts.ReadOnly {
			return err
		}
	} else if s.opts.ReadOnly {
		return fault.New(fault.NotFound, "no index %s in Qdrant at %s", s.main, s.opts.Address).WithHint("run `loradex index` first")
	}
	if err := s.create(ctx, s.main, nil); err != nil {
		return err
	}
	// The head comes last: where there is one, all else is there. Of two that make the index at once, the first wins.
	first := head{Format: formatVersion, NextID: 1, stamp: fresh()}
	return s.putHead(ctx, first, &client.UpsertPoints{UpdateMode: client.PtrOf(client.UpdateMode_InsertOnly)})
}

// Oldest server that knows conditional and insert-only updates.
const oldestMajor, oldestMinor = 1, 17

func checkVersion(version string) error {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return fault.New(fault.Unsupported, "Qdrant says its version is %q", version)
	}
	if major < oldestMajor || major == oldestMajor && minor < oldestMinor {
		return fault.New(fault.Unsupported, "Qdrant %s is too old: need %d.%d", version, oldestMajor, oldestMinor).
			WithHint("run a newer server; 1.18.3 is the one that this client was made for")
	}
	return nil
}

// Close releases the connection; the store is not usable afterwards.
func (s *store) Close() error {
	if err := s.client.Close(); err != nil {
		return fault.Wrap(fault.Internal, err, "close the connection to Qdrant at %s", s.opts.Address)
	}
	return nil
}

// Destroy deletes the index of a name from the server with all its spaces. One that is not there is fine.
func Destroy(ctx context.Context, name string, o Options) error {
	s, err := connect(name, o)
	if err != nil {
		return err
	}
	err = s.sweep(ctx, head{})
	if err == nil {
		if there, existsErr := s.client.CollectionExists(ctx, s.main); existsErr != nil {
			err = existsErr
		} else if there {
			err = s.client.DeleteCollection(ctx, s.main)
		}
	}
	return errors.Join(s.explain(ctx, err, "delete "+s.main), s.Close())
}
