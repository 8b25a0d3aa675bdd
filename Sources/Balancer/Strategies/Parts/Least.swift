extension Candidates {
    /// The usable agent of least (in flight + 1) / weight; of equals, the first from `start` on, going round.
    @inline(__always)
    func leastLoaded(from start: Int) -> Int? {
        var best = Load.most
        var chosen: Int?
        eachUsable(from: start) { index in
            let load = Load(self[index])
            if load < best {
                best = load
                chosen = index
            }
        }
        return chosen
    }

    /// The usable agent of least `load`, of equals of least `second`; of those the first from `start` on, going round.
    @inline(__always)
    func least(
        from start: Int, _ load: (Int, borrowing Seat) -> Load, orElse second: (Int, borrowing Seat) -> Load
    ) -> Int? {
        var best = Load.most
        // Asked for among equals alone.
        var tie: Load?
        var chosen: Int?
        eachUsable(from: start) { index in
            let own = load(index, self[index])
            if own < best {
                best = own
                tie = nil
                chosen = index
            } else if let holder = chosen, !(best < own) {
                let held = tie ?? second(holder, self[holder])
                let other = second(index, self[index])
                if other < held { chosen = index }
                tie = other < held ? other : held
            }
        }
        return chosen
    }

    /// Every usable agent, from `start` on, going round.
    @inline(__always)
    func eachUsable(from start: Int, _ visit: (Int) -> Void) {
        var index = first(from: start, to: count)
        while let here = index {
            visit(here)
            index = first(from: here + 1, to: count)
        }
        let end = min(start, count)
        index = first(from: 0, to: end)
        while let here = index {
            visit(here)
            index = first(from: here + 1, to: end)
        }
    }
}
