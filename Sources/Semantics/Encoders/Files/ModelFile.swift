import Glibc

/// A regular file that is open for reading.
///
/// Models are read and not mapped: a mapped file that someone copies over in place would end the process by a signal.
final class ModelFile: Sendable {
    let path: String
    /// Bytes, when it was opened.
    let size: Int
    private let descriptor: Int32

    init(_ path: String) throws(EncoderFault) {
        // Not blocking: the path may be a pipe's.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno)).lowercased()
            throw EncoderFault(
                path, "expected a file of the model, found \(reason); copy the model's whole directory here")
        }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, let size = Int(exactly: facts.st_size)
        else {
            close(descriptor)
            throw EncoderFault(path, "expected a regular file, found something else; copy the model's files here")
        }
        self.path = path
        self.size = size
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Some of its bytes; the range is within the file.
    func bytes(_ range: Range<Int>) throws(EncoderFault) -> [UInt8] {
        var fault: EncoderFault?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            do throws(EncoderFault) {
                let room = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count)
                try read(into: room, at: range.lowerBound)
                count = range.count
            } catch {
                fault = error
            }
        }
        if let fault { throw fault }
        return bytes
    }

    /// Fills the buffer from the bytes at `offset`.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(EncoderFault) {
        var done = 0
        while done < buffer.count {
            guard let start = buffer.baseAddress else { return }
            let count = pread(descriptor, start + done, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let found =
                    count == 0 ? "its end at byte \(offset + done)" : String(cString: strerror(errno)).lowercased()
                throw EncoderFault(path, "expected \(offset + buffer.count) bytes, found \(found); copy the file again")
            }
            done += count
        }
    }
}
