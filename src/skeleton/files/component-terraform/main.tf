# Put your resources here. This one needs no provider: it keeps a value and does nothing else.
resource "terraform_data" "machine" {
  count = var.size
  input = "{{name}}-${count.index}"
}
