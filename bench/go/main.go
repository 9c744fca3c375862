// Go's own channel and golang.org/x/time/rate, for comparison.
//
// Each workload states its question beside its code. A run grows a batch until it is long enough to time, times
// several, and prints the median in millions of operations a second as JSON, as the Node.js benchmarks do.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"sort"
	"time"
)

// workload performs count operations and returns how many were done.
type workload struct {
	batch func(count int) int
	// oneThread says that it runs on one thread, whose time in line for a processor can be taken off.
	oneThread bool
}

var workloads = map[string]workload{}

const (
	batchTime = 80 * time.Millisecond
	batches   = 5
	growth    = 8
)

func main() {
	if len(os.Args) != 2 {
		fail("usage: %s <workload>", os.Args[0])
	}
	chosen, known := workloads[os.Args[1]]
	if !known {
		fail("unknown workload %q", os.Args[1])
	}
	if chosen.oneThread {
		runtime.LockOSThread()
	}
	answer := map[string]float64{"figure": millionsPerSecond(chosen)}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fail("%v", err)
	}
}

func millionsPerSecond(chosen workload) float64 {
	count := 1
	for took := time.Duration(0); took < batchTime/2; {
		took = timed(chosen, count)
		if grown := float64(count) * float64(batchTime) / float64(took+1); grown < growth*float64(count) {
			count = int(grown) + 1
		} else {
			count *= growth
		}
	}
	figures := make([]float64, batches)
	for i := range figures {
		figures[i] = float64(count) / float64(timed(chosen, count).Nanoseconds()) * 1e3
	}
	sort.Float64s(figures)
	return figures[batches/2]
}

func timed(chosen workload, count int) time.Duration {
	start := time.Now()
	inLineBefore := inLine(chosen)
	done := chosen.batch(count)
	stoodInLine := inLine(chosen) - inLineBefore
	took := time.Since(start) - stoodInLine
	if done != count {
		fail("of %d operations %d were done", count, done)
	}
	return took
}

// inLine is how long this thread has stood in line for a processor that somebody else had, where Linux tells.
func inLine(chosen workload) time.Duration {
	if !chosen.oneThread {
		return 0
	}
	text, err := os.ReadFile("/proc/thread-self/schedstat")
	if err != nil {
		return 0
	}
	var run, waited int64
	if _, err := fmt.Sscan(string(text), &run, &waited); err != nil {
		return 0
	}
	return time.Duration(waited)
}

func fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
	os.Exit(1)
}
