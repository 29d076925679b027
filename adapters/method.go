package adapters

import (
	"os"

	"loradex/adapters/adapterhub"
	"loradex/adapters/delta"
	"loradex/adapters/folder"
	"loradex/adapters/peft"
	"loradex/internal/fault"
)

// Method is one kind of adapter. To add one: a line in [Methods], with a file where its updates have to be prepared, and its
// format in package peft, in package adapterhub, or in both.
type Method struct {
	Name string // Adapter.Method, as in listings: "lora"
	// Prepare computes what the formula of package delta wants and the files cannot hold, because it depends on the
	// weight of the layer: the parts to lay over the update ([delta.Update.With]), which share no memory with it.
	// Nil where files hold all.
	Prepare func(u delta.Update, weight func() (delta.Weight, error)) (delta.Update, error)
}

// Methods lists the methods that this build serves; the formats say which of them they read and write. Those that can be
// trained stand in the table of embed/train under the same names.
func Methods() []Method {
	return []Method{{Name: "dora", Prepare: prepareDoRA}, {Name: "lora"}, {Name: "ia3"}, {Name: "bottleneck"}, {Name: "ln_tuning", Prepare: prepareNorm}, {Name: "vera", Prepare: prepareVeRA}}
}

// MethodNamed finds a method by its name. Errors are Unsupported.
func MethodNamed(name string) (Method, error) {
	for _, m := range Methods() {
		if m.Name == name {
			return m, nil
		}
	}
	return Method{}, fault.New(fault.Unsupported, "there is no adapter method %q", name)
}

// read opens the folder under root, of either layout; dir stands in messages. It fills Method, Updates and the unexported
// fields of the adapter, and the card's BaseModel.
func read(root *os.Root, dir string) (*Adapter, error) {
	text, err := folder.ReadConfig(root, dir)
	if err != nil {
		return nil, err
	}
	open := peft.Open
	if adapterhub.Is(text) {
		open = adapterhub.Open
	}
	f, err := open(root, dir)
	if err != nil {
		return nil, err
	}
	return &Adapter{
		Method: f.Method, Updates: f.Updates, RSLoRA: f.RSLoRA, Card: Card{BaseModel: f.BaseModel},
		bytes: f.Bytes, closer: f.Close, targets: f.Targets,
	}, nil
}

// weightFiles lists the files that may hold an adapter's tensors, by the text of its configuration. The first that is there
// does.
func weightFiles(config []byte) []string {
	if adapterhub.Is(config) {
		return []string{adapterhub.WeightsFile, adapterhub.PickleFile}
	}
	return []string{peft.WeightsFile}
}
