// Package machine says where figures come from: the processor, its cores and load, and the memory of this process.
//
//	m := machine.Read()
//	fmt.Printf("%s, %d cores, load %s\n", m.CPU, m.Cores, m.Load)
//	fmt.Println(machine.ReadMemory().Peak)
package machine
