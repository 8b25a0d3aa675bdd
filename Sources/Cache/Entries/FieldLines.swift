/// Field lines as they are kept: one after the other, each with its CR LF.
enum FieldLines {
    /// Whether these bytes can stand in a head without ending it: so that nobody who can write to a layer can add a second
    /// answer.
    static func areWhole(_ lines: [UInt8]) -> Bool {
        var isStart = true
        var at = 0
        while at < lines.count {
            switch lines[at] {
            case 0x0D:
                guard !isStart, at + 1 < lines.count, lines[at + 1] == 0x0A else { return false }
                isStart = true
                at += 2
            case 0, 0x0A: return false
            default:
                isStart = false
                at += 1
            }
        }
        return isStart
    }
}
