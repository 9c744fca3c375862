package main

type item struct{ value int }

const capacity = 1024

func init() {
	// What does one item cost, in and out, when nobody waits? One goroutine sends and receives.
	workloads["channel-pair"] = workload{oneThread: true, batch: func(count int) int {
		channel := make(chan *item, capacity)
		one := &item{value: 1}
		sum := 0
		for i := 0; i < count; i++ {
			channel <- one
			sum += (<-channel).value
		}
		return sum
	}}

	// How fast do items flow from one goroutine to another? They run on as many processors as Go likes.
	workloads["channel-one-to-one"] = workload{batch: func(count int) int {
		channel := make(chan *item, capacity)
		one := &item{value: 1}
		go func() {
			for i := 0; i < count; i++ {
				channel <- one
			}
			close(channel)
		}()
		sum := 0
		for next := range channel {
			sum += next.value
		}
		return sum
	}}
}
