import DiskIO
import HostModel

/// `secrets/<id>/`, made with the first value.
struct SecretPlace {
    let app: AppID
    /// `secrets/`
    let part: Directory

    /// Writes values under names that nothing had before, durably.
    ///
    /// The record that names them must lie in `record.json.new` already: values that no journal announces are known by
    /// it, and swept.
    func write(_ values: [SecretFile: SecretValue]) throws(FileSystemError) {
        guard !values.isEmpty else { return }
        let place = try part.openOrMake(DiskPath(app), mode: 0o700)
        for (file, value) in values {
            try DurableFile.write(value.bytes, to: file.path, in: place, mode: 0o600)
        }
        try place.sync()
    }
}
