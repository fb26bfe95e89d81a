//! Which cat model judges.

use std::path::PathBuf;

use traces::model::ModelText;

/// A model in a file, and where to look for what it includes.
#[derive(Debug, clap::Args)]
pub struct ModelArgs {
    /// The cat model for the axioms [default: that of the machine]
    #[arg(long, value_name = "FILE.cat")]
    model: Option<PathBuf>,

    /// A folder with the model or files that it includes; the folder of the model comes last
    #[arg(short = 'I', long = "include", value_name = "DIR", requires = "model")]
    include: Vec<PathBuf>,
}

impl ModelArgs {
    /// Whether a model was asked for.
    pub fn is_given(&self) -> bool {
        self.model.is_some()
    }

    /// The model, if one was asked for.
    ///
    /// # Errors
    /// A sentence, when it cannot be read.
    pub fn read(&self) -> Result<Option<ModelText>, String> {
        let read = |file| ModelText::file(file, &self.include).map_err(|error| error.to_string());
        self.model.as_deref().map(read).transpose()
    }
}
