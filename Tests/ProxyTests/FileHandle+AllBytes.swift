import Foundation
import Glibc

extension FileHandle {
    /// Everything up to the end. `readDataToEndOfFile` ends the process where a signal comes in between.
    func allBytes() -> Data {
        var all = Data()
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(fileDescriptor, &piece, piece.count)
            if count > 0 {
                all.append(contentsOf: piece[..<count])
            } else if count == 0 || errno != EINTR {
                return all
            }
        }
    }
}
