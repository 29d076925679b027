package adapters

import (
	"os"
	"slices"
	"strings"

	"loradex/adapters/adapterhub"
	"loradex/adapters/delta"
	"loradex/adapters/peft"
	"loradex/internal/fault"
)

// Method is one kind of adapter. To add one: a line in [Methods], with a file where its updates have to be prepared, and its
// format in package peft, in package adapterhub, or in both.
type Method struct {
	Name string // Adapter.Method, as in listings: "lora"
	Type string // the field peft_type of PEFT's adapter_config.json, in upper case; "" where PEFT has no such method
	Flag string // the field that tells the method from others of its type, which is on; "" where none is

	// Prepare computes what the formula of package delta wants and the files cannot hold, because it depends on the
	// weight of the layer, [Out, In]: the parts to lay over the update ([delta.Update.With]), which share no memory with it.
	// Nil where files hold all.
	Prepare func(u delta.Update, weight func() ([]float32, error)) (delta.Update, error)
}

// Methods lists the methods that this build reads and writes. Of one type, those with a flag stand first: the first that
// fits is taken. Those that can be trained stand in the table of embed/train under the same names.
func Methods() []Method {
	return []Method{
		{Name: "dora", Type: "LORA", Flag: "use_dora", Prepare: prepareDoRA},
		{Name: "lora", Type: "LORA"},
		{Name: "ia3", Type: "IA3"},
		{Name: "bottleneck"},
	}
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
	text, err := peft.ReadConfig(root, dir)
	if err != nil {
		return nil, err
	}
	if adapterhub.Is(text) {
		return readHub(root, dir)
	}
	m, err := methodOf(dir, text)
	if err != nil {
		return nil, err
	}
	return readPEFT(root, dir, m)
}

// methodOf finds the method of a PEFT folder by the text of its configuration.
func methodOf(dir string, text []byte) (Method, error) {
	kind, err := peft.KindOf(dir+"/"+peft.ConfigFile, text)
	if err != nil {
		return Method{}, err
	}
	var known []string
	for _, m := range Methods() {
		if m.Type == kind.Type && (m.Flag == "" || kind.On(m.Flag)) {
			return m, nil
		}
		if !slices.Contains(known, m.Type) {
			known = append(known, m.Type)
		}
	}
	return Method{}, fault.New(fault.Unsupported, "%s/%s: field peft_type is %.40q; this build reads %s", dir, peft.ConfigFile, kind.Type, strings.Join(known, ", "))
}
