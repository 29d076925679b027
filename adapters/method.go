package adapters

import (
	"os"
	"strings"

	"loradex/adapters/peft"
	"loradex/internal/fault"
)

// Method is one kind of adapter. To add one: a file <method>.go with its loader, and a line in [Methods].
type Method struct {
	Name     string // Adapter.Method, as in listings: "lora"
	PEFTType string // the field peft_type of adapter_config.json, in upper case
	// load opens the folder under root; dir stands in messages. It fills Method, Updates and the unexported
	// fields of the adapter, and the card's BaseModel.
	load func(root *os.Root, dir string) (*Adapter, error)
}

// Methods lists the methods that this build reads.
func Methods() []Method {
	return []Method{
		{Name: "lora", PEFTType: "LORA", load: loadLoRA},
	}
}

// methodOf finds the method of an adapter folder.
func methodOf(root *os.Root, dir string) (Method, error) {
	text, err := peft.ReadConfig(root, dir)
	if err != nil {
		return Method{}, err
	}
	t, err := peft.TypeOf(dir+"/"+peft.ConfigFile, text)
	if err != nil {
		return Method{}, err
	}
	var known []string
	for _, m := range Methods() {
		if m.PEFTType == t {
			return m, nil
		}
		known = append(known, m.PEFTType)
	}
	return Method{}, fault.New(fault.Unsupported, "%s/%s: field peft_type is %.40q; this build reads %s", dir, peft.ConfigFile, t, strings.Join(known, ", "))
}
