variable "size" {
  description = "How many machines it has"
  type        = number

  validation {
    condition     = var.size >= 1
    error_message = "There has to be one at least."
  }
}
