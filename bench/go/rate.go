//go:build xtime

package main

import (
	"fmt"
	"math/rand"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	plenty = 1e9
	keys   = 10000
)

func init() {
	// What does one admission cost, when the rate is far from exhausted?
	always := rate.NewLimiter(plenty, plenty)
	workloads["rate-allow"] = workload{oneThread: true, batch: func(count int) int {
		return counted(count, func(int) bool { return always.Allow() })
	}}

	// What does one refusal cost, when the rate is exhausted?
	never := rate.NewLimiter(rate.Every(time.Hour), 1)
	never.Allow()
	workloads["rate-refused"] = workload{oneThread: true, batch: func(count int) int {
		return counted(count, func(int) bool { return !never.Allow() })
	}}

	// What does one admission cost, when each of 10,000 clients has a limiter, in a map under a mutex?
	var mutex sync.Mutex
	limiters := map[string]*rate.Limiter{}
	names := keysInRandomOrder()
	workloads["rate-keyed"] = workload{oneThread: true, batch: func(count int) int {
		return counted(count, func(i int) bool {
			name := names[i%len(names)]
			mutex.Lock()
			limiter, known := limiters[name]
			if !known {
				limiter = rate.NewLimiter(plenty, plenty)
				limiters[name] = limiter
			}
			mutex.Unlock()
			return limiter.Allow()
		})
	}}
}

func counted(count int, ask func(i int) bool) int {
	done := 0
	for i := 0; i < count; i++ {
		if ask(i) {
			done++
		}
	}
	return done
}

func keysInRandomOrder() []string {
	random := rand.New(rand.NewSource(7))
	names := make([]string, 4*keys)
	for i := range names {
		names[i] = fmt.Sprintf("client-%d", random.Intn(keys))
	}
	return names
}
