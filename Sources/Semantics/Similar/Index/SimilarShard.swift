/// A part of a tenant's frames, behind one lock.
struct SimilarShard {
    private var frames: [(name: [UInt8], frame: SimilarFrame)] = []
    private var places: [[UInt8]: Int] = [:]
    private var clock: UInt64 = 0
    private var random: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Of so many entries, drawn at random, the one goes that was of use longest ago.
    private static let draws = 8

    struct Candidate {
        var key: [UInt8]
        var text: [UInt8]
        var product: Int32
    }

    func nearest(_ vector: [Int8], in name: [UInt8], floor: Int32) -> [Candidate] {
        guard let at = places[name] else { return [] }
        let frame = frames[at].frame
        return frame.nearest(vector, floor: floor).map {
            Candidate(key: frame.entries[$0.place].key, text: frame.entries[$0.place].text, product: $0.product)
        }
    }

    /// True: it is one more; false: it was there.
    mutating func keep(_ key: [UInt8], _ print: PromptPrint, in name: [UInt8]) -> Bool {
        clock += 1
        let at = places[name] ?? frames.count
        if at == frames.count {
            frames.append((name, SimilarFrame()))
            places[name] = at
        } else if let place = frames[at].frame.place(of: key) {
            frames[at].frame.touch(place, at: clock)
            return false
        }
        frames[at].frame.append(SimilarFrame.Entry(key: key, text: print.text, used: clock), print.vector)
        return true
    }

    mutating func touch(_ key: [UInt8], in name: [UInt8]) {
        clock += 1
        guard let at = places[name], let place = frames[at].frame.place(of: key) else { return }
        frames[at].frame.touch(place, at: clock)
    }

    /// True: it was there.
    mutating func forget(_ key: [UInt8], in name: [UInt8]) -> Bool {
        guard let at = places[name], let place = frames[at].frame.place(of: key) else { return false }
        remove(place, of: at)
        return true
    }

    /// Makes room; false: there is nothing.
    mutating func evict() -> Bool {
        guard !frames.isEmpty else { return false }
        var oldest: (at: Int, place: Int, used: UInt64)?
        for _ in 0..<Self.draws {
            let at = draw(frames.count)
            let place = draw(frames[at].frame.count)
            let used = frames[at].frame.entries[place].used
            if used < oldest?.used ?? .max { oldest = (at, place, used) }
        }
        guard let oldest else { return false }
        remove(oldest.place, of: oldest.at)
        return true
    }

    private mutating func draw(_ count: Int) -> Int {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(random >> 33) % max(count, 1)
    }

    /// A frame without entries goes too.
    private mutating func remove(_ place: Int, of at: Int) {
        frames[at].frame.remove(place)
        guard frames[at].frame.count == 0 else { return }
        places[frames[at].name] = nil
        let last = frames.removeLast()
        guard at < frames.count else { return }
        frames[at] = last
        places[last.name] = at
    }
}
