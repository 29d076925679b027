package main

// This file defines the flags of `eval run` that measure another system by its embeddings API.

import (
	"github.com/spf13/cobra"

	"loradex/evaluation/endpoint"
)

// systemFlags are the flags of `eval run` that put an endpoint in place of the encoder.
type systemFlags struct {
	url, model, keyEnv string
	batch              int
	inputType          bool
}

func (s *systemFlags) register(c *cobra.Command) {
	fl := c.Flags()
	fl.StringVar(&s.url, "system", "", "measure an embeddings API of OpenAI's shape at this address in place of the encoder; texts are sent there")
	fl.StringVar(&s.model, "system-model", "", "name of the model that --system is asked for")
	fl.StringVar(&s.keyEnv, "system-key-env", "", "name of the environment variable that holds the API key of --system")
	fl.IntVar(&s.batch, "system-batch", 0, "texts in one request to --system (default 64)")
	fl.BoolVar(&s.inputType, "system-input-type", false, "tell --system by the field input_type what is a query and what a document")
}

// validate checks the flags before anything is opened.
func (s *systemFlags) validate(cmd *cobra.Command) error {
	if s.url == "" {
		for _, flag := range []string{"system-model", "system-key-env", "system-batch", "system-input-type"} {
			if cmd.Flags().Changed(flag) {
				return usagef("give the address of an embeddings API", "--%s needs --system", flag)
			}
		}
		return nil
	}
	for _, flag := range []string{"adapter", "doc-adapter", "max-tokens", "run", "model", "device"} {
		if cmd.Flags().Changed(flag) {
			return usagef("leave one of them out", "--%s is for the encoder, and --system takes its place", flag)
		}
	}
	if s.batch < 0 || s.batch > 2048 || s.batch == 0 && cmd.Flags().Changed("system-batch") {
		return usagef("from 1 to 2048", "--system-batch is %d", s.batch)
	}
	if s.model == "" {
		return usagef("such as --system-model text-embedding-3-small", "--system needs --system-model")
	}
	return nil
}

// options are those of the endpoint; nil without one.
func (s *systemFlags) options(getenv func(string) string) (*endpoint.Options, error) {
	if s.url == "" {
		return nil, nil //nolint:nilnil // documented
	}
	o := &endpoint.Options{URL: s.url, Model: s.model, Batch: s.batch, InputType: s.inputType}
	if s.keyEnv != "" {
		if o.Key = getenv(s.keyEnv); o.Key == "" {
			return nil, usagef("set it, or leave --system-key-env out where no key is needed", "the environment variable %s is empty", s.keyEnv)
		}
	}
	return o, nil
}
