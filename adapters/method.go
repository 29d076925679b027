package adapters

import (
	"os"
	"slices"
	"strings"

	"loradex/adapters/peft"
	"loradex/internal/fault"
)

// Method is one kind of adapter. To add one: a file <method>.go with its loader, and a line in [Methods].
type Method struct {
	Name     string // Adapter.Method, as in listings: "lora"
	PEFTType string // the field peft_type of adapter_config.json, in upper case
	Flag     string // the field that tells the method from others of its type, which is on; "" where none is
	// load opens the folder under root; dir stands in messages. It fills Method, Updates and the unexported
	// fields of the adapter, and the card's BaseModel.
	load func(root *os.Root, dir string) (*Adapter, error)
}

// Methods lists the methods that this build reads. Of one type, those with a flag stand first: the first that fits is taken.
func Methods() []Method {
	return []Method{
		{Name: "dora", PEFTType: "LORA", Flag: "use_dora", load: loadDoRA},
		{Name: "lora", PEFTType: "LORA", load: loadLoRA},
	}
}

// methodOf finds the method of an adapter folder.
func methodOf(root *os.Root, dir string) (Method, error) {
	text, err := peft.ReadConfig(root, dir)
	if err != nil {
		return Method{}, err
	}
	kind, err := peft.KindOf(dir+"/"+peft.ConfigFile, text)
	if err != nil {
		return Method{}, err
	}
	var known []string
	for _, m := range Methods() {
		if m.PEFTType == kind.Type && (m.Flag == "" || kind.On(m.Flag)) {
			return m, nil
		}
		if !slices.Contains(known, m.PEFTType) {
			known = append(known, m.PEFTType)
		}
	}
	return Method{}, fault.New(fault.Unsupported, "%s/%s: field peft_type is %.40q; this build reads %s", dir, peft.ConfigFile, kind.Type, strings.Join(known, ", "))
}
